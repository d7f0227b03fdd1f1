// Lending buffers, and the shapes of this process.
#include <string>

#include "binding/call.h"
#include "binding/names.h"

namespace termstore::binding {
namespace {

struct Arguments {
  napi_value value[3] = {nullptr, nullptr, nullptr};
  std::size_t count = 3;
  EnvState* state = nullptr;
};

Arguments Read(napi_env env, napi_callback_info info) noexcept {
  Arguments arguments;
  void* data = nullptr;
  napi_get_cb_info(env, info, &arguments.count, arguments.value, nullptr, &data);
  arguments.state = static_cast<EnvState*>(data);
  return arguments;
}

napi_value Boolean(napi_env env, bool value) noexcept {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

bool BufferOf(napi_env env, napi_value value, std::uint8_t** data, std::size_t* bytes) noexcept {
  bool is_buffer = false;
  if (value == nullptr || napi_is_arraybuffer(env, value, &is_buffer) != napi_ok || !is_buffer) return false;
  void* memory = nullptr;
  if (napi_get_arraybuffer_info(env, value, &memory, bytes) != napi_ok) return false;
  *data = static_cast<std::uint8_t*>(memory);
  return true;
}

// bind(scratch, threadId, externalBuffers): false when the buffer is too small. The module keeps the buffer
// alive (module.cc).
napi_value BindScratch(napi_env env, napi_callback_info info) {
  const Arguments arguments = Read(env, info);
  std::uint8_t* data = nullptr;
  std::size_t bytes = 0;
  std::uint32_t thread = 0;
  bool external_buffers = false;
  if (arguments.count < 3 || arguments.state->bound() || !BufferOf(env, arguments.value[0], &data, &bytes) ||
      napi_get_value_uint32(env, arguments.value[1], &thread) != napi_ok ||
      napi_get_value_bool(env, arguments.value[2], &external_buffers) != napi_ok) {
    return Boolean(env, false);
  }
  if (!arguments.state->Bind(data, bytes, thread, external_buffers)) return Boolean(env, false);
  // For the life of the environment: native writes to this memory.
  napi_ref keep = nullptr;
  napi_create_reference(env, arguments.value[0], 1, &keep);
  return Boolean(env, keep != nullptr);
}

// useRequest(buffer | null)
napi_value UseRequest(napi_env env, napi_callback_info info) {
  const Arguments arguments = Read(env, info);
  std::uint8_t* data = nullptr;
  std::size_t bytes = 0;
  if (!BufferOf(env, arguments.value[0], &data, &bytes)) data = nullptr;
  const std::size_t most = kMaxBytes + std::size_t{1};
  arguments.state->UseRequest(data, static_cast<std::uint32_t>(bytes < most ? bytes : most));
  return nullptr;
}

// takeReply(): the last reply that did not fit into the scratch buffer, as an ArrayBuffer of its own, once;
// null when there is none or no memory for it.
napi_value TakeReply(napi_env env, napi_callback_info info) {
  EnvState& state = EnvState::From(env, info);
  napi_value buffer = nullptr;
  void* data = nullptr;
  if (state.spilled() == nullptr ||
      napi_create_arraybuffer(env, state.spilled_bytes(), &data, &buffer) != napi_ok) {
    ClearException(env);
    napi_get_null(env, &buffer);
    return buffer;
  }
  std::memcpy(data, state.spilled(), state.spilled_bytes());
  state.FreeSpilled();
  return buffer;
}

// A property name that is longer makes no shape: names are written inline then.
constexpr std::size_t kLongestName = kMaxShapeBytes / 4;

bool ReadText(napi_env env, napi_value value, PodArray<char16_t>* text) noexcept {
  std::size_t length = 0;
  if (napi_get_value_string_utf16(env, value, nullptr, 0, &length) != napi_ok) return false;
  if (length > kLongestName || !text->Reserve(static_cast<std::uint32_t>(length) + 1)) return false;
  if (napi_get_value_string_utf16(env, value, text->data(), length + 1, &length) != napi_ok) return false;
  text->Resize(static_cast<std::uint32_t>(length));
  return true;
}

// internShape(names): the number of the shape, -1 when it cannot be one.
napi_value InternShape(napi_env env, napi_callback_info info) {
  const Arguments arguments = Read(env, info);
  std::int32_t id = -1;
  std::uint32_t count = 0;
  if (napi_get_array_length(env, arguments.value[0], &count) == napi_ok && count <= kMaxShapeNames) {
    PodArray<std::uint8_t> names;
    PodArray<char16_t> text;
    bool good = true;
    for (std::uint32_t i = 0; good && i < count; ++i) {
      napi_value name = nullptr;
      good = napi_get_element(env, arguments.value[0], i, &name) == napi_ok && ReadText(env, name, &text) &&
             AppendStringTerm(text, &names);
    }
    if (good) id = arguments.state->process().shapes.Intern({names.data(), names.size()}, count);
  }
  napi_value result = nullptr;
  napi_create_int32(env, id, &result);
  return result;
}

// shapeNames(id): the names in order; undefined when there is no such shape.
napi_value ShapeNames(napi_env env, napi_callback_info info) {
  const Arguments arguments = Read(env, info);
  std::uint32_t id = 0;
  if (napi_get_value_uint32(env, arguments.value[0], &id) != napi_ok) return nullptr;
  const Shape* shape = arguments.state->process().shapes.Find(id);
  if (shape == nullptr) return nullptr;
  napi_value names = nullptr;
  napi_create_array_with_length(env, shape->count, &names);
  for (std::uint32_t i = 0; i < shape->count; ++i) {
    PodArray<char16_t> text;
    napi_value name = nullptr;
    if (!TextOf(StringBody(shape->Name(i)), &text) ||
        napi_create_string_utf16(env, text.data(), text.size(), &name) != napi_ok)
      return nullptr;
    napi_set_element(env, names, i, name);
  }
  return names;
}

}  // namespace

bool ExportBuffers(napi_env env, napi_value exports, EnvState& state) noexcept {
  return Export(env, exports, state, "bind", BindScratch) &&
         Export(env, exports, state, "useRequest", UseRequest) &&
         Export(env, exports, state, "takeReply", TakeReply) &&
         Export(env, exports, state, "internShape", InternShape) &&
         Export(env, exports, state, "shapeNames", ShapeNames);
}

}  // namespace termstore::binding
