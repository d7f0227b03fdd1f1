%% The commands of the differential test. One that is not here is the function of ets by that name on the world's table.
%%
%% What OTP 25 lacks is made of what it has, by the definition in its later documentation; where termstore differs on
%% purpose (docs/compatibility.md) the command does what termstore promises, with OTP's own functions.
-module(termstore_oracle_ets).
-export([open/1, open/2, table/0, call/1, refuse/1]).

-define(SAFE, 9007199254740991).

open(Table) -> put(table, Table).

open(Table, #{<<"keypos">> := Keypos, <<"type">> := Type}) ->
    open(Table),
    put(keypos, Keypos),
    put(type, Type).

table() -> get(table).

%% Fails as a function of ets would that has a cause to tell.
refuse(badarg) -> erlang:error(badarg);
refuse(Cause) -> erlang:error(badarg, none, [{error_info, #{cause => Cause}}]).

%% The table first: does it exist, and may this process use it like this?
require_read() -> ets:lookup(table(), none).
require_write() -> ets:insert(table(), []).

is_bag() -> lists:member(get(type), [bag, duplicate_bag]).

require_one_row_per_key() ->
    case is_bag() of
        true -> refuse(table_type);
        false -> ok
    end.

without_end('$end_of_table') -> undefined;
without_end(Other) -> Other.

%% --- What termstore refuses and OTP does not ---
call({refused, read}) -> require_read(), refuse(badarg);
call({refused, write}) -> require_write(), refuse(badarg);
%% --- Rows ---
call({insert_many, Rows}) -> ets:insert(table(), in_order(Rows));
call({insert_new_many, Rows}) -> ets:insert_new(table(), in_order(Rows));
call({get, Key}) ->
    require_read(),
    require_one_row_per_key(),
    case ets:lookup(table(), Key) of
        [Row] -> Row;
        [] -> undefined
    end;
call({lookup_element, Key, Position, Default}) ->
    try
        ets:lookup_element(table(), Key, Position)
    catch
        error:badarg:Stack ->
            case termstore_oracle:cause(Stack) of
                badkey -> Default;
                _ -> erlang:raise(error, badarg, Stack)
            end
    end;
call({lookup_elements, Key, Positions}) ->
    case is_bag() of
        true ->
            case ets:lookup(table(), Key) of
                [] -> refuse(badkey);
                Rows -> [[element_of(P, Row) || P <- Positions] || Row <- Rows]
            end;
        false ->
            case ets:lookup(table(), Key) of
                [] -> refuse(badkey);
                [Row] -> [element_of(P, Row) || P <- Positions]
            end
    end;
call({delete, Key}) ->
    require_write(),
    Found = ets:member(table(), Key),
    ets:delete(table(), Key),
    Found;
call({delete_object, Row}) ->
    require_write(),
    Before = size_of_table(),
    ets:delete_object(table(), Row),
    size_of_table() < Before;
call({delete_stored, Key, I}) ->
    case ets:lookup(table(), Key) of
        [] -> false;
        Rows -> call({delete_object, lists:nth(I rem length(Rows) + 1, Rows)})
    end;
call({update_counter, Key, Ops}) -> counter(Key, Ops, []);
call({update_counter, Key, Ops, Default}) ->
    require_write(),
    require_row(Default),
    counter(Key, Ops, [Default]);
call({update_element, Key, Changes, Default}) ->
    require_write(),
    require_one_row_per_key(),
    require_row(Default),
    case ets:member(table(), Key) of
        true -> ets:update_element(table(), Key, Changes);
        false -> insert_changed(setelement(get(keypos), Default, Key), Key, Changes)
    end;
%% --- Queries ---
call({select_delete, Spec}) ->
    Delete = fun() -> kept_fixed(fun() -> ets:select_delete(table(), Spec) end) end,
    %% What deletes all objects answers with what OTP calls the size, or counts what was deleted before once more.
    case is_bag() orelse counts_deleted() of
        true -> deleted(Delete);
        false -> Delete()
    end;
call({match_delete, Pattern}) ->
    deleted(fun() -> kept_fixed(fun() -> ets:match_delete(table(), Pattern) end) end);
call({select_take, Spec}) -> select_take(Spec);
call({match_spec_run, Rows, Spec}) -> ets:match_spec_run(Rows, ets:match_spec_compile(Spec));
call({test_ms, Row, Spec}) ->
    case ets:test_ms(Row, Spec) of
        {ok, Result} -> Result;
        {error, _} -> refuse(badarg)
    end;
%% --- The table itself ---
call({safe_fixtable, On}) -> ets:safe_fixtable(table(), On);
call({fixed_by_me}) ->
    case ets:info(table(), safe_fixed) of
        {_, Counts} -> proplists:get_value(self(), Counts, 0);
        Other -> Other
    end;
call({info, size}) -> size_of_table();
call({info, owner}) -> is_me(ets:info(table(), owner));
call({info, heir}) -> is_me(ets:info(table(), heir));
call({info, Item}) -> ets:info(table(), Item);
call({rename, Name}) ->
    New = ets:rename(table(), Name),
    case ets:info(table()) of
        undefined -> open(New);
        _ -> ok
    end;
call({whereis, Name}) -> ets:whereis(Name) =/= undefined;
call({drop}) -> ets:delete(table());
call({give_away, me}) -> ets:give_away(table(), self(), gift);
call({give_away, nobody}) -> ets:give_away(table(), nobody(), gift);
call({give_away, helper}) -> ets:give_away(table(), get(helper), gift);
call({init_table, Rows}) ->
    require_write(),
    ets:init_table(table(), reader(Rows));
call({set_heir, none}) -> ets:setopts(table(), {heir, none});
call({set_heir, Who}) -> ets:setopts(table(), {heir, somebody(Who), [Who]});
call({make_another, Name, Options}) -> ets:delete(ets:new(Name, Options));
call({is_in_all}) -> lists:member(table(), ets:all());
call({file_info, ExtendedInfo}) -> file_info(ExtendedInfo);
call({is_compiled_ms, Term}) -> ets:is_compiled_ms(Term);
call({is_compiled, Spec}) -> ets:is_compiled_ms(ets:match_spec_compile(Spec));
call({save_and_load}) -> save_and_load();
call({persistent, Function, Arguments}) -> termstore_oracle_terms:call(Function, Arguments);
call(Command) ->
    case termstore_oracle_walk:call(Command) of
        unknown ->
            [Function | Arguments] = tuple_to_list(Command),
            apply(ets, Function, [table() | Arguments]);
        {answer, Answer} ->
            without_end(Answer)
    end.

%% OTP 23.0 to 25.2 put the objects of a list into a `bag` from the last to the first, and those of a `duplicate_bag`
%% when the process has to yield meanwhile.
in_order(Rows) when is_list(Rows) ->
    erlang:yield(),
    Probe = ets:new(probe, [bag]),
    ets:insert(Probe, [{key, 1}, {key, 2}]),
    Reversed = ets:lookup_element(Probe, key, 2) =:= [2, 1],
    ets:delete(Probe),
    case Reversed andalso get(type) =:= bag of
        true -> lists:reverse(Rows);
        false -> Rows
    end.

element_of(Position, Row) when Position >= 1, Position =< tuple_size(Row) -> element(Position, Row);
element_of(_, _) -> refuse(position).

%% A default object that is too short is refused from OTP 29 on.
require_row(Row) when is_tuple(Row) ->
    case tuple_size(Row) >= get(keypos) of
        true -> ok;
        false -> refuse(badarg)
    end;
require_row(_) -> refuse(badarg).

insert_changed(Row, Key, Changes) ->
    Changed = with_scratch(Row, fun(Scratch) ->
        true = ets:update_element(Scratch, Key, Changes),
        ets:lookup(Scratch, Key)
    end),
    ets:insert(table(), Changed).

with_scratch(Rows, Fun) ->
    Scratch = ets:new(scratch, [get(type), {keypos, get(keypos)}]),
    try
        ets:insert(Scratch, Rows),
        Fun(Scratch)
    after
        ets:delete(Scratch)
    end.

%% A counter of numbers: OTP counts with integers only, so the row's whole numbers become integers for the time of the
%% call, and its integers, which are bigints, something that is no counter.
counter(Key, Ops, Default) ->
    case lists:all(fun is_whole/1, operands(Ops)) of
        false ->
            try_default(Key, Ops, Default),
            apply(ets, update_counter, [table(), Key, Ops | Default]);
        true when Ops =:= [] ->
            apply(ets, update_counter, [table(), Key, Ops | Default]);
        true ->
            require_write(),
            require_one_row_per_key(),
            counter_of_numbers(Key, Ops, Default)
    end.

%% A default object that OTP inserts and takes back again leaves a position for next/2 behind in a fixed table: a call
%% that would fail fails before.
try_default(Key, Ops, [Default]) ->
    require_one_row_per_key(),
    ets:member(table(), Key) orelse
        with_scratch([], fun(Scratch) -> ets:update_counter(Scratch, Key, Ops, Default) end);
try_default(_, _, []) ->
    ok.

counter_of_numbers(Key, Ops, Default) ->
    Rows = [to_integers(Row) || Row <- ets:lookup(table(), Key)],
    {Result, New} = with_scratch(Rows, fun(Scratch) ->
        Arguments = [Scratch, Key, integers_in(Ops) | [to_integers(Row) || Row <- Default]],
        {apply(ets, update_counter, Arguments), ets:lookup(Scratch, Key)}
    end),
    [refuse(counter_range) || N <- lists:flatten([Result]), abs(N) > ?SAFE],
    ets:insert(table(), [to_numbers(Row) || Row <- New]),
    case Result of
        _ when is_list(Result) -> [float(N) || N <- Result];
        _ -> float(Result)
    end.

operands(Ops) when is_list(Ops) -> lists:flatmap(fun operands/1, Ops);
operands(Op) when is_tuple(Op) -> tl(tuple_to_list(Op));
operands(Op) -> [Op].

integers_in(Ops) when is_list(Ops) -> [integers_in(Op) || Op <- Ops];
integers_in(Op) when is_tuple(Op) ->
    [Position | Operands] = tuple_to_list(Op),
    list_to_tuple([Position | [trunc(N) || N <- Operands]]);
integers_in(Op) -> trunc(Op).

is_whole(N) -> is_float(N) andalso abs(N) =< ?SAFE andalso N == trunc(N).

to_integers(Row) ->
    in_columns(Row, fun
        (N) when is_integer(N) -> {bigint, N};
        (N) ->
            case is_whole(N) of
                true -> trunc(N);
                false -> N
            end
    end).

to_numbers(Row) ->
    in_columns(Row, fun
        ({bigint, N}) -> N;
        (N) when is_integer(N) -> float(N);
        (Other) -> Other
    end).

%% Everything but the key.
in_columns(Row, Fun) ->
    Keypos = get(keypos),
    list_to_tuple([
        case I of
            Keypos -> E;
            _ -> Fun(E)
        end
     || {I, E} <- lists:zip(lists:seq(1, tuple_size(Row)), tuple_to_list(Row))
    ]).

%% Whether OTP 25 counts objects again that were deleted while the table was fixed. No owner need be asked: who cannot read
%% the table cannot delete either.
counts_deleted() ->
    ets:info(table(), decentralized_counters) =:= true andalso
        ets:info(table(), fixed) =:= true andalso
        get(type) =/= ordered_set.

deleted(Fun) ->
    require_write(),
    Before = size_of_table(),
    Fun(),
    Before - size_of_table().

%% With write_concurrency and one writer, OTP 25 forgets what it deletes here as a position unless the table is fixed twice.
kept_fixed(Fun) ->
    case ets:info(table(), fixed) of
        true ->
            ets:safe_fixtable(table(), true),
            try
                Fun()
            after
                ets:safe_fixtable(table(), false)
            end;
        _ ->
            Fun()
    end.

%% take/2 on a fixed bag subtracts deleted objects a second time from what OTP 25 calls the size, also that of a private
%% table of another process: then that process counts.
size_of_table() ->
    Size = ets:info(table(), size),
    case Size =/= undefined andalso is_bag() of
        true -> count_objects();
        false -> Size
    end.

count_objects() ->
    try
        length(ets:tab2list(table()))
    catch
        error:badarg -> termstore_oracle:by_helper(get(helper), fun count_objects/0)
    end.

%% Removes and returns the rows for which the result is exactly true.
select_take([]) -> require_write(), [];
select_take(Spec) ->
    require_write(),
    Compiled = ets:match_spec_compile(Spec),
    Rows = [Row || Row <- ets:tab2list(table()), ets:match_spec_run([Row], Compiled) =:= [true]],
    [ets:delete_object(table(), Row) || Row <- Rows],
    Rows.

reader([]) -> fun(_) -> end_of_input end;
reader([Row | Rows]) ->
    fun
        (read) -> {[Row], reader(Rows)};
        (close) -> ok
    end.

is_me(Pid) when Pid =:= self() -> me;
is_me(Pid) when is_pid(Pid) -> other;
is_me(Other) -> Other.

somebody(me) -> self();
somebody(helper) -> get(helper);
somebody(nobody) -> nobody().

%% A process that has ended.
nobody() ->
    {Pid, Monitor} = spawn_monitor(fun() -> ok end),
    receive
        {'DOWN', Monitor, process, Pid, _} -> Pid
    end.

file_name() -> filename:join("/tmp", "termstore-oracle-" ++ os:getpid()).

file_info(ExtendedInfo) ->
    require_read(),
    File = file_name(),
    try
        ok = ets:tab2file(table(), File, [{extended_info, ExtendedInfo}]),
        {ok, Info} = ets:tabfile_info(File),
        Items = [proplists:get_value(Item, Info) || Item <- [type, protection, named_table]],
        Extended = proplists:get_value(extended_info, Info),
        Items ++ [size_of_table(), proplists:get_value(keypos, Info), length(Extended)]
    after
        file:delete(File)
    end.

save_and_load() ->
    require_write(),
    File = file_name(),
    Before = rows_by_key(),
    try
        ok = ets:tab2file(table(), File, [{extended_info, extended_info(lists:append(Before))}]),
        ets:delete(table()),
        {ok, Table} = ets:file2tab(File, [{verify, true}]),
        open(Table),
        [erase(Register) || {{continuation, _} = Register, _} <- get()],
        [] = lists:append(Before) -- ets:tab2list(Table),
        [] = ets:tab2list(Table) -- lists:append(Before),
        %% The objects of a key come back in an order that OTP does not promise.
        is_bag() andalso put_in_order(Before),
        true
    after
        file:delete(File)
    end.

%% OTP leaves objects {'EXIT', Term} out of the sum, and refuses the file.
extended_info(Rows) ->
    case [Row || {'EXIT', _} = Row <- Rows] of
        [] -> [object_count, md5sum];
        _ -> [object_count]
    end.

%% What lookup/2 gives for each key.
rows_by_key() ->
    Keys = maps:from_list([{element(get(keypos), Row), []} || Row <- ets:tab2list(table())]),
    [ets:lookup(table(), Key) || Key <- maps:keys(Keys)].

put_in_order(RowsByKey) ->
    ets:delete_all_objects(table()),
    [ets:insert(table(), Row) || Rows <- RowsByKey, Row <- Rows].
