%% Commands that go through the table in several steps; their order is that of the table.
-module(termstore_oracle_walk).
-export([call/1]).

table() -> termstore_oracle_ets:table().

%% {answer, Term}, or `unknown` for a command that is not here.
call({first}) -> {answer, ets:first(table())};
call({last}) -> {answer, ets:last(table())};
call({next, Key}) -> {answer, ets:next(table(), Key)};
call({prev, Key}) -> {answer, ets:prev(table(), Key)};
call({first_lookup}) -> {answer, with_rows(ets:first(table()))};
call({last_lookup}) -> {answer, with_rows(ets:last(table()))};
call({next_lookup, Key}) -> {answer, with_rows(ets:next(table(), Key))};
call({prev_lookup, Key}) -> {answer, with_rows(ets:prev(table(), Key))};
call({slot, I}) -> {answer, slot(I)};
call({slots}) -> {answer, slots(0)};
call({foldl}) -> {answer, lists:reverse(ets:foldl(fun(Row, Acc) -> [Row | Acc] end, [], table()))};
call({foldr}) -> {answer, lists:reverse(ets:foldr(fun(Row, Acc) -> [Row | Acc] end, [], table()))};
call({keys}) -> ets:safe_fixtable(table(), true), keys();
call({walk, Direction, Deleted, Inserted}) -> walk(Direction, Deleted, Inserted);
call({range, Bounds, Reverse, Limit}) -> {answer, range(Bounds, Reverse, Limit)};
call({chunks, Function, Spec, Limit}) -> {answer, chunks(Function, ets:Function(table(), Spec, Limit))};
call({eat, Limit}) ->
    ets:safe_fixtable(table(), true),
    try
        {answer, eat(ets:match_object(table(), '_', Limit))}
    after
        ets:info(table(), type) =:= undefined orelse ets:safe_fixtable(table(), false)
    end;
call({chunk_start, I, Function, Spec, Limit}) ->
    erase({continuation, I}),
    {answer, keep(I, Function, ets:Function(unnamed(), Spec, Limit))};
call({chunk_next, I}) ->
    {answer, go_on(I, fun(Function, Chunk) -> keep(I, Function, Chunk) end)};
call({chunk_again, I}) ->
    {answer,
        go_on(I, fun(Function, Chunk) -> told(Function, Chunk) end)};
call(_) -> unknown.

%% OTP 25 looks for the table of a continuation by the name with which it was asked.
unnamed() ->
    Table = table(),
    case is_atom(Table) andalso ets:whereis(Table) of
        false -> Table;
        undefined -> Table;
        Tid -> Tid
    end.

with_rows('$end_of_table') -> '$end_of_table';
with_rows(Key) -> {Key, ets:lookup(table(), Key)}.

%% OTP 25 refuses slot 0 of an empty ordered_set with write_concurrency.
slot(0) ->
    ets:lookup(table(), none),
    case {ets:info(table(), type), ets:info(table(), size)} of
        {ordered_set, 0} -> '$end_of_table';
        _ -> ets:slot(table(), 0)
    end;
slot(I) ->
    ets:slot(table(), I).

slots(I) ->
    case slot(I) of
        '$end_of_table' -> [];
        Rows -> Rows ++ slots(I + 1)
    end.

keys() ->
    try
        {answer, steps(next, ets:first(table()), [], [])}
    after
        ets:safe_fixtable(table(), false)
    end.

%% Fixed, and with changes at the key that has been reached.
walk(Direction, Deleted, Inserted) ->
    ets:safe_fixtable(table(), true),
    try
        First =
            case Direction of
                next -> ets:first(table());
                prev -> ets:last(table())
            end,
        {answer, steps(Direction, First, Deleted, Inserted)}
    after
        ets:info(table(), type) =:= undefined orelse ets:safe_fixtable(table(), false)
    end.

steps(_, '$end_of_table', _, _) -> [];
steps(Direction, Key, Deleted, Inserted) ->
    [ets:delete(table(), Key) || D <- Deleted, D =:= Key],
    [ets:insert(table(), Row) || {I, Row} <- Inserted, I =:= Key],
    [Key | steps(Direction, ets:Direction(table(), Key), Deleted, Inserted)].

range(Bounds, Reverse, Limit) ->
    Type = ets:info(table(), type),
    Keypos = ets:info(table(), keypos),
    Rows = ets:tab2list(table()),
    Type =:= ordered_set orelse termstore_oracle_ets:refuse(table_type),
    Found = [Row || Row <- Rows, lists:all(fun(B) -> inside(B, element(Keypos, Row)) end, Bounds)],
    Ordered =
        case Reverse of
            true -> lists:reverse(Found);
            false -> Found
        end,
    lists:sublist(Ordered, Limit).

inside({gt, Key}, K) -> K > Key;
inside({gte, Key}, K) -> K >= Key;
inside({lt, Key}, K) -> K < Key;
inside({lte, Key}, K) -> K =< Key;
inside({prefix, Prefix}, K) when is_binary(Prefix), is_binary(K) ->
    %% Texts and bytes are of two types.
    is_text(Prefix) =:= is_text(K) andalso
        binary:longest_common_prefix([Prefix, K]) =:= byte_size(Prefix);
inside({prefix, Prefix}, K) when is_list(Prefix), is_list(K) ->
    lists:sublist(K, length(Prefix)) == Prefix;
inside({prefix, _}, _) -> false.

is_text(<<255, _/binary>>) -> false;
is_text(_) -> true.

chunks(_, '$end_of_table') -> [];
chunks(_, {Results, '$end_of_table'}) -> [Results];
chunks(Function, {Results, Continuation}) -> [Results | chunks(Function, ets:Function(Continuation))].

eat('$end_of_table') ->
    [];
eat({Rows, Continuation}) ->
    [ets:delete_object(table(), Row) || Row <- Rows],
    Rows ++ eat(ets:match_object(Continuation)).

keep(_, _, '$end_of_table') ->
    '$end_of_table';
keep(I, Function, {_, Continuation} = Chunk) ->
    put({continuation, I}, {Function, Continuation}),
    told(Function, Chunk).

%% A chunk, and whether it is the last.
told(_, '$end_of_table') ->
    '$end_of_table';
told(Function, {Results, Continuation}) ->
    [Results, ets:Function(Continuation) =:= '$end_of_table'].

go_on(I, Then) ->
    case get({continuation, I}) of
        undefined -> undefined;
        {Function, Continuation} -> Then(Function, ets:Function(Continuation))
    end.
