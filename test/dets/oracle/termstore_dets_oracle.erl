%% Real dets for the differential test: reads a file of cases, writes a file of answers, both in external term format.
%%
%%   cases    [{Type, [Command]}], each in a file of its own
%%   answers  [[{ok, Term} | error]]
-module(termstore_dets_oracle).
-export([main/1]).

main([In, Out, Folder]) ->
    {ok, Bytes} = file:read_file(In),
    Answers = [one_case(Type, Commands, Folder) || {Type, Commands} <- binary_to_term(Bytes)],
    ok = file:write_file(Out, term_to_binary(Answers)),
    halt(0).

one_case(Type, Commands, Folder) ->
    File = filename:join(Folder, "oracle.dets"),
    _ = file:delete(File),
    open(Type, File),
    Answers = [answer(Command, Type, File) || Command <- Commands],
    ok = dets:close(t),
    Answers.

open(Type, File) ->
    {ok, t} = dets:open_file(t, [{type, Type}, {file, File}]).

answer({reopen}, Type, File) ->
    ok = dets:close(t),
    open(Type, File),
    {ok, true};
answer(Command, _Type, _File) ->
    try {ok, run(Command)}
    catch error:_ -> error
    end.

run({insert, Rows}) -> dets:insert(t, Rows) =:= ok;
run({insert_new, Rows}) -> dets:insert_new(t, Rows);
run({lookup, Key}) -> dets:lookup(t, Key);
run({member, Key}) -> dets:member(t, Key);
run({delete, Key}) -> dets:delete(t, Key) =:= ok;
run({delete_object, Row}) -> dets:delete_object(t, Row) =:= ok;
run({delete_all}) -> dets:delete_all_objects(t) =:= ok;
run({update_counter, Key, Incr}) -> dets:update_counter(t, Key, Incr);
run({match, Value}) -> dets:match(t, {'$1', Value});
run({match_object, Key}) -> dets:match_object(t, {Key, '_'});
run({match_delete, Value}) -> dets:match_delete(t, {'_', Value}) =:= ok;
run({select, Least}) -> dets:select(t, [{{'$1', '$2'}, [{'>', '$2', Least}], ['$_']}]);
run({select_delete, Least}) -> dets:select_delete(t, [{{'_', '$1'}, [{'<', '$1', Least}], [true]}]);
run({size}) -> dets:info(t, size);
run({keys}) -> keys(dets:first(t)).

keys('$end_of_table') -> [];
keys(Key) -> [Key | keys(dets:next(t, Key))].
