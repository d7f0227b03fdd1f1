// Everything the threads of a process share, in one object that is never destroyed: threads may outlive any
// order of destructors at exit.
#pragma once

#include "core/files/opening_lock.h"
#include "core/memory/epoch.h"
#include "core/persistent/area.h"
#include "core/registry/registry.h"
#include "core/term/hash.h"
#include "core/term/shapes.h"

namespace termstore {

struct Process {
  // `entropy` fills the hash secret and the tag of table identifiers.
  explicit Process(const std::uint64_t (&entropy)[5]);

  HashSecret secret;
  std::uint32_t tid_tag;  // 20 bits: a Tid kept from another run is refused
  Epochs epochs;
  VersionWords version_words;
  ShapeTable shapes;
  Registry registry;
  PersistentArea persistent;
  OpeningLocks openings;

  // The one of this copy of the library, made at first use; null when memory is short.
  static Process* Own() noexcept;
};

}  // namespace termstore
