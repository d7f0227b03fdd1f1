// Arrays that grow without throwing: the core is compiled without exceptions, where a container of the
// standard library that finds no memory ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <type_traits>

namespace termstore {

// Null when memory is short. Free with std::free.
inline void* TryAllocate(std::size_t bytes) noexcept { return std::malloc(bytes == 0 ? 1 : bytes); }

// A growing array of plain values. Functions that may allocate return false when memory is short, and then
// nothing has changed.
template <typename T>
class PodArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  PodArray() = default;
  ~PodArray() { std::free(data_); }
  PodArray(const PodArray&) = delete;
  PodArray& operator=(const PodArray&) = delete;

  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  std::uint32_t size() const noexcept { return size_; }
  std::size_t memory() const noexcept { return std::size_t{capacity_} * sizeof(T); }
  T& operator[](std::uint32_t i) noexcept { return data_[i]; }
  const T& operator[](std::uint32_t i) const noexcept { return data_[i]; }
  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }
  T& back() noexcept { return data_[size_ - 1]; }

  bool Reserve(std::uint32_t capacity) noexcept {
    if (capacity <= capacity_) return true;
    std::uint32_t wanted = capacity_ < 4 ? 4 : capacity_ * 2;
    if (wanted < capacity) wanted = capacity;
    auto* data = static_cast<T*>(std::realloc(data_, std::size_t{wanted} * sizeof(T)));
    if (data == nullptr) return false;
    data_ = data;
    capacity_ = wanted;
    return true;
  }
  bool Push(T value) noexcept {
    if (!Reserve(size_ + 1)) return false;
    data_[size_++] = value;
    return true;
  }
  // REQUIRES: room was reserved.
  void Insert(std::uint32_t at, T value) noexcept {
    std::memmove(data_ + at + 1, data_ + at, std::size_t{size_ - at} * sizeof(T));
    data_[at] = value;
    ++size_;
  }
  void Erase(std::uint32_t at) noexcept {
    std::memmove(data_ + at, data_ + at + 1, std::size_t{size_ - at - 1} * sizeof(T));
    --size_;
  }
  void Truncate(std::uint32_t size) noexcept { size_ = size; }
  // For elements that were written behind the array's end. REQUIRES: room was reserved.
  void Resize(std::uint32_t size) noexcept { size_ = size; }
  // The elements are the caller's, who frees them with std::free(); the array is empty and holds no memory.
  [[nodiscard]] T* Release() noexcept {
    PodArray empty;
    Swap(empty);
    T* const data = empty.data_;
    empty.data_ = nullptr;
    return data;
  }

  void Swap(PodArray& other) noexcept {
    T* data = data_;
    const std::uint32_t size = size_;
    const std::uint32_t capacity = capacity_;
    data_ = other.data_;
    size_ = other.size_;
    capacity_ = other.capacity_;
    other.data_ = data;
    other.size_ = size;
    other.capacity_ = capacity;
  }

 private:
  T* data_ = nullptr;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace termstore
