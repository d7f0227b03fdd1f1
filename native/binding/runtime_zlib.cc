#include "binding/runtime_zlib.h"

#if defined(_WIN32)
#define WIN32_LEAN_AND_MEAN
#include <windows.h>
#else
#include <dlfcn.h>
#endif

namespace termstore::binding {
namespace {

// zlib's binary interface, which has been the same for decades: not every runtime ships the header of the
// zlib that it is made with. The library itself checks the version and the size of the stream.
struct ZStream {
  const std::uint8_t* next_in;
  unsigned avail_in;
  unsigned long total_in;
  std::uint8_t* next_out;
  unsigned avail_out;
  unsigned long total_out;
  const char* msg;
  void* state;
  void* (*zalloc)(void*, unsigned, unsigned);
  void (*zfree)(void*, void*);
  void* opaque;
  int data_type;
  unsigned long adler;
  unsigned long reserved;
};
constexpr char kVersion[] = "1.2.11";  // only the first digit counts
constexpr int kNoFlush = 0;
constexpr int kFinish = 4;
constexpr int kOk = 0;
constexpr int kStreamEnd = 1;
constexpr int kMemError = -4;
constexpr int kDeflated = 8;
constexpr int kDefaultStrategy = 0;

// Rows are short: for those of 100 to 4000 bytes of text, a larger window gains nothing and the highest
// level a few percent. By zlib's own account each thread needs 64 KB to compress and 8 KB to expand.
constexpr int kLevel = 3;
constexpr int kWindow = -13;  // negative: deflate alone, without zlib's header and sum
constexpr int kMemLevel = 6;

struct Functions {
  int (*deflateInit2_)(ZStream*, int, int, int, int, int, const char*, int) = nullptr;
  int (*deflateReset)(ZStream*) = nullptr;
  int (*deflate)(ZStream*, int) = nullptr;
  int (*deflateEnd)(ZStream*) = nullptr;
  int (*inflateInit2_)(ZStream*, int, const char*, int) = nullptr;
  int (*inflateReset)(ZStream*) = nullptr;
  int (*inflate)(ZStream*, int) = nullptr;
  int (*inflateEnd)(ZStream*) = nullptr;
};

template <typename Function>
bool Resolve(const char* name, Function* function) noexcept {
#if defined(_WIN32)
  void* found = reinterpret_cast<void*>(GetProcAddress(GetModuleHandleW(nullptr), name));
#else
  void* found = dlsym(RTLD_DEFAULT, name);
#endif
  *function = reinterpret_cast<Function>(found);
  return found != nullptr;
}

// The streams of one thread, made when it first needs them.
class Streams {
 public:
  Streams() = default;
  ~Streams() {
    if (deflating_) (void)functions_->deflateEnd(&deflate_);
    if (inflating_) (void)functions_->inflateEnd(&inflate_);
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  // Ready for another piece; null when memory is short.
  ZStream* Deflater(const Functions& functions) noexcept {
    functions_ = &functions;
    if (deflating_) return functions.deflateReset(&deflate_) == kOk ? &deflate_ : nullptr;
    deflating_ = functions.deflateInit2_(&deflate_, kLevel, kDeflated, kWindow, kMemLevel, kDefaultStrategy,
                                         kVersion, sizeof(ZStream)) == kOk;
    return deflating_ ? &deflate_ : nullptr;
  }
  ZStream* Inflater(const Functions& functions) noexcept {
    functions_ = &functions;
    if (inflating_) return functions.inflateReset(&inflate_) == kOk ? &inflate_ : nullptr;
    inflating_ = functions.inflateInit2_(&inflate_, kWindow, kVersion, sizeof(ZStream)) == kOk;
    return inflating_ ? &inflate_ : nullptr;
  }

 private:
  const Functions* functions_ = nullptr;
  ZStream deflate_ = {};
  ZStream inflate_ = {};
  bool deflating_ = false;
  bool inflating_ = false;
};

Streams& ThreadStreams() noexcept {
  thread_local Streams streams;
  return streams;
}

// Sizes are those of rows, below 2^30.
class Zlib final : public Compressor {
 public:
  // False: not all functions are there.
  bool Find() noexcept {
    return Resolve("deflateInit2_", &functions_.deflateInit2_) &&
           Resolve("deflateReset", &functions_.deflateReset) && Resolve("deflate", &functions_.deflate) &&
           Resolve("deflateEnd", &functions_.deflateEnd) &&
           Resolve("inflateInit2_", &functions_.inflateInit2_) &&
           Resolve("inflateReset", &functions_.inflateReset) && Resolve("inflate", &functions_.inflate) &&
           Resolve("inflateEnd", &functions_.inflateEnd);
  }
  // Whether they do what this file thinks they do.
  bool Works() noexcept {
    std::uint8_t bytes[256] = {};
    std::uint8_t small[128];
    std::uint8_t again[256];
    for (std::size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<std::uint8_t>(i % 7);
    const std::size_t size = Compress({bytes, 100}, {bytes + 100, 156}, small, sizeof small);
    return size > 0 && Expand({small, size}, again, sizeof again) == Status::kOk &&
           std::memcmp(bytes, again, sizeof bytes) == 0;
  }

  std::size_t Compress(Bytes head, Bytes tail, std::uint8_t* to, std::size_t room) noexcept override {
    ZStream* stream = ThreadStreams().Deflater(functions_);
    if (stream == nullptr) return 0;
    stream->next_out = to;
    stream->avail_out = static_cast<unsigned>(room);
    stream->next_in = head.data;
    stream->avail_in = static_cast<unsigned>(head.size);
    if (functions_.deflate(stream, kNoFlush) != kOk || stream->avail_in != 0) return 0;
    stream->next_in = tail.data;
    stream->avail_in = static_cast<unsigned>(tail.size);
    return functions_.deflate(stream, kFinish) == kStreamEnd ? room - stream->avail_out : 0;
  }

  Status Expand(Bytes compressed, std::uint8_t* to, std::size_t size) noexcept override {
    ZStream* stream = ThreadStreams().Inflater(functions_);
    if (stream == nullptr) return Status::kNoMemory;
    stream->next_in = compressed.data;
    stream->avail_in = static_cast<unsigned>(compressed.size);
    stream->next_out = to;
    stream->avail_out = static_cast<unsigned>(size);
    const int result = functions_.inflate(stream, kFinish);
    if (result == kMemError) return Status::kNoMemory;
    const bool whole = result == kStreamEnd && stream->avail_in == 0 && stream->avail_out == 0;
    return whole ? Status::kOk : Status::kDamaged;
  }

 private:
  Functions functions_;
};

Compressor* Make() noexcept {
  static Zlib zlib;
  return zlib.Find() && zlib.Works() ? &zlib : nullptr;
}

}  // namespace

Compressor* RuntimeZlib() noexcept {
  static Compressor* const found = Make();
  return found;
}

}  // namespace termstore::binding
