%% Cases with several processes: one table, OTP's throughput_benchmark, and large persistent terms that others read.
-module(termstore_bench_threads).
-export([open/2, at_once/3]).

-define(MASK, 1023).
-define(OWN_MASK, 127).
-define(CHUNK, 256).
-define(HOT, 7).

open(throughput, Args) ->
    termstore_bench_mixes:open(Args);
open(persistent_put, [Entries]) ->
    Value = termstore_bench_compare:large(Entries),
    persistent_term:put(bench_replaced, Value),
    Collector = literal_area_collector(),
    [spawn_link(fun() -> read_for_ever(0) end) || _ <- [1, 2]],
    fun([Puts]) ->
        Values = [Value#{version := erlang:unique_integer()} || _ <- lists:seq(1, Puts)],
        Start = erlang:monotonic_time(nanosecond),
        [persistent_term:put(bench_replaced, V) || V <- Values],
        Idle = idle_since(Collector),
        [(Idle - Start) / Puts / 1000]
    end;
open(Case, Args) ->
    case work(Case) of
        {WriteConcurrency, Work} ->
            T = shared(WriteConcurrency, hd(Args)),
            each(fun(I, N) -> Work(I, N, T) end);
        none ->
            termstore_bench_compare:open(Case, Args)
    end.

%% What each process does in a chunk that begins with its operation N.
work(threads_lookup) -> {true, fun lookup/3};
work(threads_lookup_auto) -> {auto, fun lookup/3};
work(threads_insert) -> {true, fun insert/3};
work(threads_insert_auto) -> {auto, fun insert/3};
work(threads_counter) -> {true, fun counter/3};
work(threads_counter_auto) -> {auto, fun counter/3};
work(threads_own_counter) -> {true, fun own_counter/3};
work(threads_own_counter_auto) -> {auto, fun own_counter/3};
work(threads_hot) -> {true, fun(_, _, T) -> hot_lookups(?CHUNK, T) end};
work(threads_hot_counter) -> {true, fun(_, _, T) -> hot_counters(?CHUNK, T) end};
work(_) -> none.

lookup(I, N, T) -> lookups(I * 517 + N, ?CHUNK, T).
insert(I, N, T) -> inserts(own(I), N, ?CHUNK, T).
counter(I, N, T) -> counters(I * 517 + N, ?CHUNK, T).
own_counter(I, N, T) -> own_counters(own(I), N, ?CHUNK, T).

shared(WriteConcurrency, Rows) ->
    T = ets:new(bench, [set, public, {read_concurrency, true}, {write_concurrency, WriteConcurrency}]),
    [ets:insert(T, {I, I}) || I <- lists:seq(0, Rows - 1)],
    T.

%% The first of a process's own keys.
own(I) -> ((I - 1) band 7) * (?OWN_MASK + 1).

each(Chunk) ->
    fun([Count, Ms]) ->
        Rates = at_once(Count, Ms, fun(I) -> fun(N) -> Chunk(I, N), N + ?CHUNK end end),
        [lists:sum(Rates) | Rates]
    end.

%% Millions of operations per second of each of Count processes. They warm up, start together and run for Ms
%% milliseconds, each counting what it did in the time it really took. Work(Index) is run in the process and answers
%% with a fun that does a few operations and adds their number to the one that it is given.
at_once(Count, Ms, Work) ->
    Parent = self(),
    Pids = [
        spawn_link(fun() ->
            Chunk = Work(I),
            _ = until(deadline(Ms div 4), Chunk, 0),
            Parent ! {self(), ready},
            receive
                go -> ok
            end,
            Start = erlang:monotonic_time(nanosecond),
            Operations = until(deadline(Ms), Chunk, 0),
            Parent ! {self(), Operations * 1000 / (erlang:monotonic_time(nanosecond) - Start)}
        end)
     || I <- lists:seq(1, Count)
    ],
    [receive {Pid, ready} -> ok end || Pid <- Pids],
    [Pid ! go || Pid <- Pids],
    [receive {Pid, Rate} -> Rate end || Pid <- Pids].

deadline(Ms) ->
    erlang:monotonic_time(nanosecond) + Ms * 1000000.

until(Deadline, Chunk, N) ->
    Next = Chunk(N),
    case erlang:monotonic_time(nanosecond) < Deadline of
        true -> until(Deadline, Chunk, Next);
        false -> Next
    end.

lookups(_, 0, _) -> ok;
lookups(N, Left, T) ->
    [_] = ets:lookup(T, N band ?MASK),
    lookups(N + 1, Left - 1, T).

inserts(_, _, 0, _) -> ok;
inserts(Own, N, Left, T) ->
    ets:insert(T, {Own + (N band ?OWN_MASK), N}),
    inserts(Own, N + 1, Left - 1, T).

counters(_, 0, _) -> ok;
counters(N, Left, T) ->
    ets:update_counter(T, N band ?MASK, 1),
    counters(N + 1, Left - 1, T).

own_counters(_, _, 0, _) -> ok;
own_counters(Own, N, Left, T) ->
    ets:update_counter(T, Own + (N band ?OWN_MASK), 1),
    own_counters(Own, N + 1, Left - 1, T).

hot_lookups(0, _) -> ok;
hot_lookups(Left, T) ->
    [_] = ets:lookup(T, ?HOT),
    hot_lookups(Left - 1, T).

hot_counters(0, _) -> ok;
hot_counters(Left, T) ->
    ets:update_counter(T, ?HOT, 1),
    hot_counters(Left - 1, T).

read_for_ever(Sum) ->
    #{version := V} = persistent_term:get(bench_replaced),
    read_for_ever((Sum + V) band 1023).

%% The process that looks for users of replaced terms in every other process.
literal_area_collector() ->
    [Pid] = [
        P
     || P <- processes(),
        {initial_call, {erts_literal_area_collector, _, _}} <- [process_info(P, initial_call)]
    ],
    Pid.

%% When it went to rest: a put is over only when its scan is.
idle_since(Pid) ->
    {reductions, Before} = process_info(Pid, reductions),
    Time = erlang:monotonic_time(nanosecond),
    timer:sleep(3),
    case {process_info(Pid, status), process_info(Pid, message_queue_len), process_info(Pid, reductions)} of
        {{status, waiting}, {message_queue_len, 0}, {reductions, Before}} -> Time;
        _ -> idle_since(Pid)
    end.
