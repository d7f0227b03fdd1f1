%% Cases that are one long call.
-module(termstore_bench_bulk).
-export([open/2]).

-define(SLOWEST_KEPT, 128).

open(fill, [Rows]) ->
    fun([]) ->
        T = ets:new(bench, [set]),
        per_row(Rows, fun() -> fill(Rows, T) end, T)
    end;
open(fill_many, [Rows]) ->
    Objects = [{I, I} || I <- lists:seq(0, Rows - 1)],
    fun([]) ->
        T = ets:new(bench, [set]),
        per_row(Rows, fun() -> ets:insert(T, Objects) end, T)
    end;
open(tab2list, [Rows]) ->
    T = filled([set], Rows),
    fun([]) -> per_row(Rows, fun() -> ets:tab2list(T) end) end;
open(iterate, [Rows]) ->
    T = filled([set], Rows),
    fun([]) -> per_row(Rows, fun() -> sum(T) end) end;
open(iterate_ordered, [Rows]) ->
    T = filled([ordered_set], Rows),
    fun([]) -> per_row(Rows, fun() -> sum(T) end) end;
open(select_count, [Rows]) ->
    T = filled([set], Rows),
    Spec = [{{'$1', '$2'}, [{'<', '$2', 0}], [true]}],
    fun([]) -> per_row(Rows, fun() -> 0 = ets:select_count(T, Spec) end) end;
open(select_few, [Rows]) ->
    T = filled([set], Rows),
    Spec = [{{'$1', '$2'}, [{'<', '$2', 10}], ['$_']}],
    fun([]) -> per_row(Rows, fun() -> 10 = length(ets:select(T, Spec)) end) end;
open(memory_int, [Rows]) ->
    fun([]) -> memory(Rows, [set], fun(I) -> I end) end;
open(memory_string, [Rows]) ->
    Key = fun(I) -> iolist_to_binary(io_lib:format("k~8..0b", [I])) end,
    fun([]) -> memory(Rows, [set], Key) end;
open(memory_ordered, [Rows]) ->
    fun([]) -> memory(Rows, [ordered_set], fun(I) -> I end) end;
open(slowest_set, [Rows]) ->
    fun([]) -> slowest(Rows, [set]) end;
open(slowest_set_concurrent, [Rows]) ->
    fun([]) -> slowest(Rows, [set, {write_concurrency, true}]) end;
open(slowest_ordered, [Rows]) ->
    fun([]) -> slowest(Rows, [ordered_set]) end;
open(memory_object, [Rows]) ->
    Key = fun(I) -> iolist_to_binary(io_lib:format("key~6..0b", [I])) end,
    fun([]) -> memory(Rows, [set], Key, fun termstore_bench_cases:user/1) end;
open(Case, Args) ->
    Name = atom_to_list(Case),
    Shape = lists:prefix("lookup_", Name) orelse lists:prefix("insert_", Name),
    case Shape of
        true -> termstore_bench_shapes:open(Case, Args);
        false -> termstore_bench_threads:open(Case, Args)
    end.

filled(Options, Rows) ->
    T = ets:new(bench, Options),
    fill(Rows, T),
    T.

fill(Rows, T) -> fill(0, Rows, T).

fill(Rows, Rows, _) -> ok;
fill(I, Rows, T) ->
    ets:insert(T, {I, I}),
    fill(I + 1, Rows, T).

sum(T) ->
    ets:foldl(fun({_, V}, Sum) -> Sum + V end, 0, T).

per_row(Rows, Work) ->
    erlang:garbage_collect(),
    Start = erlang:monotonic_time(nanosecond),
    Work(),
    [(erlang:monotonic_time(nanosecond) - Start) / Rows].

per_row(Rows, Work, T) ->
    Result = per_row(Rows, Work),
    Rows = ets:info(T, size),
    ets:delete(T),
    Result.

memory(Rows, Options, Key) ->
    memory(Rows, Options, Key, fun(I) -> I end).

memory(Rows, Options, Key, Value) ->
    T = ets:new(bench, Options),
    Empty = ets:info(T, memory),
    [ets:insert(T, {Key(I), Value(I)}) || I <- lists:seq(0, Rows - 1)],
    Words = ets:info(T, memory) - Empty,
    ets:delete(T),
    [Words * erlang:system_info(wordsize) / Rows].

%% Answers with the slowest inserts, slowest first, in nanoseconds.
slowest(Rows, Options) ->
    T = ets:new(bench, Options),
    Slowest = slowest(0, Rows, T, gb_sets:new(), 0, 0),
    ets:delete(T),
    [Ns || {Ns, _} <- lists:reverse(gb_sets:to_list(Slowest))].

slowest(Rows, Rows, _, Kept, _, _) -> Kept;
slowest(I, Rows, T, Kept, Count, Floor) ->
    Start = erlang:monotonic_time(nanosecond),
    ets:insert(T, {I, I}),
    case erlang:monotonic_time(nanosecond) - Start of
        Ns when Count < ?SLOWEST_KEPT ->
            slowest(I + 1, Rows, T, gb_sets:add({Ns, I}, Kept), Count + 1, 0);
        Ns when Ns > Floor ->
            {_, Rest} = gb_sets:take_smallest(gb_sets:add({Ns, I}, Kept)),
            {NewFloor, _} = gb_sets:smallest(Rest),
            slowest(I + 1, Rows, T, Rest, Count, NewFloor);
        _ ->
            slowest(I + 1, Rows, T, Kept, Count, Floor)
    end.
