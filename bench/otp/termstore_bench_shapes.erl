%% Other keys, rows and options, as in subject/shapes.mjs.
-module(termstore_bench_shapes).
-export([open/2]).

-define(MASK, 1023).
-define(WORDS, <<"In the beginning there was a table, and the table had rows, and the rows had keys. ">>).

open(Case, [Rows]) ->
    [Operation, Name] = string:split(atom_to_list(Case), "_"),
    open(Operation, list_to_existing_atom(Name), Rows).

open("lookup", bag, Rows) ->
    T = bag(Rows),
    termstore_bench_cases:timed(fun(N) -> lookup_bag(N, T) end);
open("insert", bag, Rows) ->
    T = bag(Rows),
    termstore_bench_cases:timed(fun(N) -> insert_bag(N, T) end);
open("lookup", Shape, Rows) ->
    {T, Keys, _} = filled(Shape, Rows),
    termstore_bench_cases:timed(fun(N) -> lookup(N, T, Keys) end);
open("insert", Shape, Rows) ->
    {T, Keys, Object} = filled(Shape, Rows),
    termstore_bench_cases:timed(fun(N) -> insert(N, T, Keys, Object) end).

filled(Shape, Rows) ->
    T = ets:new(bench, options(Shape)),
    Keys = [key(Shape, I) || I <- lists:seq(0, Rows - 1)],
    lists:foldl(fun(Key, I) -> ets:insert(T, object(Shape, Key, I)), I + 1 end, 0, Keys),
    {T, list_to_tuple(Keys), object(Shape, hd(Keys), 1)}.

options(compressed) -> [set, compressed];
options(adaptive) -> [set, {write_concurrency, auto}];
options(_) -> [set].

key(composite, I) -> {<<"tenant">>, I};
key(long, I) -> format("tenant/0123456789abcdef/session/0123456789abcdef/item/~12..0b", [I]);
key(unicode, I) -> unicode:characters_to_binary(io_lib:format("ключ~5..0b", [I]));
key(float, I) -> I + 0.5;
key(_, I) -> I.

object(float, Key, I) ->
    {Key, I + 0.25};
object(wide, Key, I) ->
    {Key, I, <<"ada">>, true, 0.5, 1, 2, 3, <<"lovelace">>, null, false, 1815};
object(text, Key, I) ->
    {Key, I, binary:copy(?WORDS, 50)};
object(Shape, Key, I) when Shape =:= nested; Shape =:= compressed ->
    {Key, #{
        id => I,
        title => format("document ~b", [I]),
        tags => [<<"alpha">>, <<"beta">>, <<"gamma">>, <<"delta">>],
        author => #{name => <<"Ada Lovelace">>, born => 1815, rating => 4.5},
        text => binary:copy(?WORDS, 10)
    }};
object(_, Key, I) ->
    {Key, I}.

format(Format, Args) -> iolist_to_binary(io_lib:format(Format, Args)).

bag(Rows) ->
    T = ets:new(bench, [bag]),
    [ets:insert(T, {I, N}) || I <- lists:seq(0, Rows - 1), N <- lists:seq(0, 3)],
    T.

lookup(0, _, _) -> ok;
lookup(N, T, Keys) ->
    [_] = ets:lookup(T, element((N band ?MASK) + 1, Keys)),
    lookup(N - 1, T, Keys).

insert(0, _, _, _) -> ok;
insert(N, T, Keys, Object) ->
    ets:insert(T, setelement(1, Object, element((N band ?MASK) + 1, Keys))),
    insert(N - 1, T, Keys, Object).

lookup_bag(0, _) -> ok;
lookup_bag(N, T) ->
    [_, _, _, _] = ets:lookup(T, N band ?MASK),
    lookup_bag(N - 1, T).

insert_bag(0, _) -> ok;
insert_bag(N, T) ->
    ets:insert(T, {N band ?MASK, N band 3}),
    insert_bag(N - 1, T).
