# What is compiled and how. node-gyp insists on the name binding.gyp, whose one line includes this file.
{
  'variables': {
    # 'address' or 'thread': node-gyp configure -- -Dtermstore_sanitize=address
    'termstore_sanitize%': '',
    # 1: with the points of native/core/base/sabotage.h, for `npm run sabotage` only
    'termstore_sabotage%': 0,
    # 1: counts which lines run, for `npm run coverage` only (gcc)
    'termstore_coverage%': 0,
    # 'linux', 'darwin' or 'win32': compiled for there by the Clang of scripts/lib/prebuild.mjs, whatever this machine is
    'termstore_cross%': '',
  },
  'targets': [
    {
      'target_name': 'termstore',
      'sources': ['<!@(node scripts/list-sources.mjs)'],
      'include_dirs': ['native'],
      'defines': [
        'NAPI_VERSION=9',
        # Two copies of the package in one process share a store when they are the same version.
        'TERMSTORE_VERSION="<!(node -p "require(\'./package.json\').version")"',
      ],
      # Node's own defaults name the standard it was compiled with, which is 17 in Node 20.
      'cflags_cc!': ['-std=gnu++17', '-std=gnu++20', '-Wno-unused-parameter'],
      'cflags!': ['-Wno-unused-parameter'],
      'cflags_cc': [
        '-std=c++20',
        '-fvisibility=hidden',
        '-fvisibility-inlines-hidden',
        '-fno-exceptions',
        '-fno-rtti',
        '-Wall',
        '-Wextra',
        '-Werror',
      ],
      'configurations': {
        'Release': {
          'cflags_cc': ['-O3', '-fomit-frame-pointer'],
          'cflags!': ['-fno-omit-frame-pointer'],
          'cflags_cc!': ['-fno-omit-frame-pointer'],
          'xcode_settings': {'GCC_OPTIMIZATION_LEVEL': '3'},
        },
        'Debug': {
          'defines': ['TERMSTORE_DEBUG'],
        },
      },
      'conditions': [
        ['termstore_cross!=""', {
          'ldflags': ['-s'],
          # Left alone Clang inlines less than GCC does: writes of single rows take a quarter longer then.
          'cflags_cc': ['-mllvm', '-inline-threshold=700'],
        }],
        ['termstore_cross=="linux"', {
          'ldflags': ['-Wl,-z,nodelete', '-Wl,--version-script=<(module_root_dir)/native/binding/exports.map'],
        }],
        ['termstore_cross=="darwin"', {
          'ldflags': ['-Wl,-undefined,dynamic_lookup', '-Wl,-dead_strip'],
        }],
        ['termstore_cross=="win32"', {
          'sources': ['windows_imports.cc'],
        }],
        ['OS=="linux" and termstore_cross==""', {
          # nodelete: Node unloads an addon when the last environment that loaded it ends, workers included,
          # and the store would vanish with it.
          'ldflags': ['-Wl,-z,nodelete'],
          'conditions': [
            ['termstore_sanitize==""', {
              # The binary must not depend on the C++ runtime of the machine that built it.
              'ldflags': [
                '-static-libstdc++', '-static-libgcc', '-Wl,--exclude-libs,ALL',
                # Templates of the standard library are nobody else's.
                '-Wl,--version-script=<(module_root_dir)/native/binding/exports.map',
              ],
            }],
          ],
        }],
        ['OS=="mac"', {
          'xcode_settings': {
            'CLANG_CXX_LANGUAGE_STANDARD': 'c++20',
            'CLANG_CXX_LIBRARY': 'libc++',
            'MACOSX_DEPLOYMENT_TARGET': '11.0',
            'GCC_SYMBOLS_PRIVATE_EXTERN': 'YES',
            'GCC_ENABLE_CPP_EXCEPTIONS': 'NO',
            'GCC_ENABLE_CPP_RTTI': 'NO',
            'OTHER_CPLUSPLUSFLAGS': ['-Wall', '-Wextra', '-Werror'],
          },
        }],
        ['OS=="win"', {
          'defines': ['NOMINMAX', 'WIN32_LEAN_AND_MEAN', '_HAS_EXCEPTIONS=0'],
          'msvs_settings': {
            'VCCLCompilerTool': {
              'AdditionalOptions': ['/std:c++20', '/W4', '/Zc:__cplusplus'],
              'ExceptionHandling': 0,
            },
          },
        }],
        ['termstore_sabotage==1', {'defines': ['TERMSTORE_SABOTAGE']}],
        ['termstore_coverage==1', {
          # As TERMSTORE_COVERAGE of native/CMakeLists.txt.
          'cflags!': ['-O3'],
          'cflags_cc!': ['-O3'],
          'cflags_cc': ['--coverage', '-fprofile-update=atomic', '-Og', '-Wno-error'],
          'ldflags': ['--coverage'],
        }],
        ['termstore_sanitize!=""', {
          'defines': ['TERMSTORE_DEBUG'],
          # With the sanitizers' own code in between, g++ 12 supposes that a store into a cell may miss it.
          'cflags_cc': ['-fsanitize=<(termstore_sanitize)', '-fno-omit-frame-pointer', '-g', '-Wno-stringop-overflow'],
          'ldflags': ['-fsanitize=<(termstore_sanitize)'],
          'xcode_settings': {
            'OTHER_CPLUSPLUSFLAGS': ['-fsanitize=<(termstore_sanitize)', '-fno-omit-frame-pointer', '-g'],
            'OTHER_LDFLAGS': ['-fsanitize=<(termstore_sanitize)'],
          },
        }],
      ],
    },
  ],
}
