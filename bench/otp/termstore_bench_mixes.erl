%% OTP's throughput_benchmark (ets_SUITE): its mixes of operations and its table types, in the order of
%% cases/threads.mjs. A process looks at the clock after a few operations instead of polling for a message.
-module(termstore_bench_mixes).
-export([open/1]).

-define(CHUNK, 64).
-define(PART, 1000).
-define(NEXT(X), ((X * 1664525 + 1013904223) band 16#FFFFFFFF)).
-define(PICK(X, Range), ((X bsr 8) rem Range)).

open([Range, Mix, Type]) ->
    T = ets:new(bench, [public | type(Type)]),
    fill(T, Range, 1),
    Limits = limits(mix(Mix)),
    fun([Count, Ms]) ->
        Rates = termstore_bench_threads:at_once(Count, Ms, fun(I) ->
            put(x, I),
            fun(N) ->
                put(x, operations(?CHUNK, T, Range, Limits, get(x))),
                N + ?CHUNK
            end
        end),
        [lists:sum(Rates) | Rates]
    end.

type(0) -> [ordered_set];
type(1) -> [ordered_set, {write_concurrency, true}];
type(2) -> [ordered_set, {read_concurrency, true}];
type(3) -> [ordered_set, {write_concurrency, true}, {read_concurrency, true}];
type(4) -> [set];
type(5) -> [set, {write_concurrency, true}];
type(6) -> [set, {read_concurrency, true}];
type(7) -> [set, {write_concurrency, true}, {read_concurrency, true}];
type(8) -> [set, {write_concurrency, auto}, {read_concurrency, true}];
type(9) -> [set, {write_concurrency, {debug_hash_fixed_number_of_locks, 16384}}].

mix(0) -> [{50, insert}, {50, delete}];
mix(1) -> [{10, insert}, {10, delete}, {80, lookup}];
mix(2) -> [{1, insert}, {1, delete}, {98, lookup}];
mix(3) -> [{100, lookup}];
mix(4) -> [{10, insert}, {10, delete}, {40, lookup}, {40, {next, 10}}];
mix(5) -> [{10, insert}, {10, delete}, {40, lookup}, {40, {next, 100}}];
mix(6) -> [{10, insert}, {10, delete}, {40, lookup}, {40, {next, 1000}}];
mix(7) -> [{100, {next, 1000}}];
mix(8) -> [{10, insert}, {10, delete}, {79, lookup}, {1, count}];
mix(9) -> [{10, insert}, {10, delete}, {79.99, lookup}, {0.01, count}];
mix(10) -> [{10, insert}, {10, delete}, {79.9999, lookup}, {0.0001, count}];
mix(11) -> [{10, insert}, {10, delete}, {79, lookup}, {1, part}];
mix(12) -> [{10, insert}, {10, delete}, {79.99, lookup}, {0.01, part}];
mix(13) -> [{10, insert}, {10, delete}, {79.9999, lookup}, {0.0001, part}].

fill(T, Range, X) ->
    case ets:info(T, size) >= Range div 2 of
        true -> ok;
        false -> fill(T, Range, inserts(100, T, Range, X))
    end.

inserts(0, _, _, X) -> X;
inserts(N, T, Range, X) ->
    ets:insert(T, {?PICK(X, Range)}),
    inserts(N - 1, T, Range, ?NEXT(X)).

%% Upper bounds of what is drawn, in 2^32.
limits(Mix) ->
    {Limits, _} = lists:mapfoldl(
        fun({Percent, Operation}, Sum) ->
            Next = Sum + Percent / 100,
            {{Next * 16#100000000, Operation}, Next}
        end,
        0,
        Mix
    ),
    {Most, [{_, Last}]} = lists:split(length(Limits) - 1, Limits),
    Most ++ [{16#100000000, Last}].

operations(0, _, _, _, X) -> X;
operations(N, T, Range, Limits, X0) ->
    X1 = ?NEXT(X0),
    X2 = ?NEXT(X1),
    X3 = operation(chosen(X1, Limits), T, Range, X2),
    operations(N - 1, T, Range, Limits, X3).

chosen(X, [{Limit, Operation} | _]) when X < Limit -> Operation;
chosen(X, [_ | Limits]) -> chosen(X, Limits).

operation(insert, T, Range, X) ->
    ets:insert(T, {?PICK(X, Range)}),
    X;
operation(delete, T, Range, X) ->
    ets:delete(T, ?PICK(X, Range)),
    X;
operation(lookup, T, Range, X) ->
    ets:lookup(T, ?PICK(X, Range)),
    X;
operation({next, Steps}, T, Range, X) ->
    steps(Steps, T, Range, X, ?PICK(X, Range));
operation(count, T, _, X) ->
    ets:select_count(T, [{'_', [], [true]}]),
    X;
operation(part, T, Range, X) ->
    From = ?PICK(X, Range),
    ets:select_count(T, [{{'$1'}, [{'andalso', {'>', '$1', From}, {'=<', '$1', From + ?PART}}], [true]}]),
    X.

steps(0, _, _, X, _) -> X;
steps(N, T, Range, X, Key) ->
    try ets:next(T, Key) of
        '$end_of_table' -> steps(N - 1, T, Range, X, ets:first(T));
        Next -> steps(N - 1, T, Range, X, Next)
    catch
        error:badarg ->
            Drawn = ?NEXT(X),
            steps(N - 1, T, Range, Drawn, ?PICK(Drawn, Range))
    end.
