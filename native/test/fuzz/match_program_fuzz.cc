// Any bytes as a program and rows: refused, or run without a step outside, and a plan changes no answer.
//   build/core-fuzz/match_program_fuzz -max_total_time=60
#include "core/match/run.h"
#include "test/fuzz/exact.h"

namespace {

using termstore::Bytes;
using termstore::fuzz::Exact;

bool IsSound(Bytes row) {
  const termstore::RowStart start = termstore::ReadRowStart(row);
  const std::uint8_t* at = start.elements;
  if (!termstore::RowIsWhole(row)) return false;
  for (std::uint32_t i = 0; i < start.arity; ++i) {
    const std::uint8_t* next = termstore::Skip(at, row.end());
    if (!termstore::TermIsSound({at, static_cast<std::size_t>(next - at)}, true)) return false;
    at = next;
  }
  return true;
}

void RunOver(const termstore::MatchProgram& program, Bytes row) {
  termstore::MatchRun run(program, 1);
  const termstore::MatchOutcome outcome = run.Run(row);
  termstore::MatchRun planned(program, 1);
  planned.Plan();
  // What a damaged row gives is only bounded, not defined.
  if (planned.Run(row) != outcome && IsSound(row)) std::abort();
  if (outcome != termstore::MatchOutcome::kMatch) return;
  std::uint8_t region[16 + 256 + 8];
  termstore::Reply reply(region + 16, 256);
  if (!run.AppendResult(reply)) return;
  // Of a whole row and a good program the result is one whole term.
  const std::uint8_t* end = reply.data() + reply.size();
  if (termstore::RowIsWhole(row) && termstore::Skip(reply.data(), end) != end) std::abort();
  const Bytes made = run.ResultAsRow();
  if (made && termstore::ReadRowStart(made).arity == 0) std::abort();
}

}  // namespace

// Input: u16 size of the program, the program, rows of u8 size each.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  termstore::fuzz::HaveShapes();
  if (size < 2) return 0;
  std::size_t program_size = termstore::Load<std::uint16_t>(data);
  if (program_size > size - 2) program_size = size - 2;
  const Exact code({data + 2, program_size});
  termstore::MatchProgram program;
  if (termstore::MatchProgram::Parse(code.view(), &program) != termstore::Status::kOk) return 0;
  const std::uint8_t* at = data + 2 + program_size;
  const std::uint8_t* end = data + size;
  while (at < end) {
    std::size_t row_size = *at++;
    if (row_size > static_cast<std::size_t>(end - at)) row_size = static_cast<std::size_t>(end - at);
    RunOver(program, Exact({at, row_size}).view());
    at += row_size;
  }
  return 0;
}
