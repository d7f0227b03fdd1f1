%% Real OTP for the differential test: packets of external term format on file descriptors 0 and 1.
%%
%%   first                       -> the version of OTP, a binary
%%   {Config, Rows, Commands}    -> [{ok, Term} | {error, Cause} | {crash, Text}], one for each command
%%
%% Each packet is a world of its own: a process that owns a table made as Config says with Rows in it, does what the
%% commands (termstore_oracle_ets) say, and ends. With the role `other` the table belongs to another process.
-module(termstore_oracle).
-export([main/0, cause/1, by_helper/2]).

main() ->
    ok = logger:set_primary_config(level, none),
    Port = open_port({fd, 0, 1}, [{packet, 4}, binary, eof]),
    answer(Port, otp_version()),
    serve(Port).

otp_version() ->
    Release = erlang:system_info(otp_release),
    File = filename:join([code:root_dir(), "releases", Release, "OTP_VERSION"]),
    case file:read_file(File) of
        {ok, Version} -> string:trim(Version);
        {error, _} -> list_to_binary(Release)
    end.

serve(Port) ->
    receive
        {Port, {data, Packet}} ->
            answer(Port, run(binary_to_term(Packet))),
            serve(Port);
        {Port, eof} ->
            halt(0)
    end.

answer(Port, Term) ->
    true = port_command(Port, term_to_binary(Term)).

run({Config, Rows, Commands}) ->
    Parent = self(),
    {Pid, Monitor} = spawn_monitor(fun() -> Parent ! {self(), world(Config, Rows, Commands)} end),
    receive
        {Pid, Answers} ->
            receive
                {'DOWN', Monitor, process, Pid, _} -> Answers
            end;
        {'DOWN', Monitor, process, Pid, Reason} ->
            [{crash, text(Reason)} || _ <- Commands]
    end.

world(#{<<"role">> := Role} = Config, Rows, Commands) ->
    Helper = spawn_link(fun helper/0),
    put(helper, Helper),
    taken = ets:new(taken, [named_table]),
    Table =
        case Role of
            owner -> make(Config, Rows);
            other -> by_helper(Helper, fun() -> make(Config, Rows) end)
        end,
    by_helper(Helper, fun() -> termstore_oracle_ets:open(Table, Config) end),
    termstore_oracle_ets:open(Table, Config),
    Answers = [answer_to(Command) || Command <- Commands],
    %% Explicitly: the names must be free before the next world begins.
    drop(termstore_oracle_ets:table()),
    by_helper(Helper, fun() -> drop(termstore_oracle_ets:table(), Helper) end),
    termstore_oracle_terms:clear(),
    unlink(Helper),
    exit(Helper, kill),
    ets:delete(taken),
    Answers.

make(#{<<"name">> := Name, <<"options">> := Options}, Rows) ->
    Table = ets:new(Name, Options),
    [ets:insert(Table, Row) || Row <- Rows],
    Table.

drop(Table) -> drop(Table, self()).

drop(Table, Owner) ->
    case ets:info(Table, owner) of
        Owner -> ets:delete(Table);
        _ -> ok
    end.

helper() ->
    receive
        {From, Fun} ->
            From ! {self(), Fun()},
            helper();
        %% Tables that are given away announce themselves.
        _ ->
            helper()
    end.

by_helper(Helper, Fun) ->
    Table = termstore_oracle_ets:table(),
    Helper ! {self(), fun() -> termstore_oracle_ets:open(Table), Fun() end},
    receive
        {Helper, Result} -> Result
    end.

answer_to({by_helper, Command}) ->
    {Answer, Table} =
        by_helper(get(helper), fun() -> {answer_to(Command), termstore_oracle_ets:table()} end),
    %% It may have another name.
    termstore_oracle_ets:open(Table),
    Answer;
answer_to(Command) ->
    try
        {ok, termstore_oracle_ets:call(Command)}
    catch
        error:badarg:Stack -> {error, cause(Stack)};
        Class:Reason:Stack -> {crash, text({Class, Reason, Stack, Command})}
    end.

%% The cause that OTP gives, or that its explanation for people tells; `badarg` where there is neither.
cause(Stack) ->
    case [C || {_, _, _, Info} <- Stack, {error_info, #{cause := C}} <- Info] of
        [Cause | _] -> Cause;
        [] -> explained(Stack, maps:values(erl_stdlib_errors:format_error(badarg, Stack)))
    end.

explained([{ets, Function, _, _} | _], Texts) ->
    Causes = [
        {lookup_element, <<"out of range">>, position},
        {lookup_element, <<"position is greater than the size of the object">>, position},
        {update_element, <<"out of range">>, position},
        {rename, <<"table name already exists">>, already_exists}
    ],
    case [Cause || {F, Text, Cause} <- Causes, F =:= Function, lists:member(Text, Texts)] of
        [Cause | _] -> Cause;
        [] -> badarg
    end;
explained(_, _) ->
    badarg.

text(Term) -> unicode:characters_to_binary(io_lib:format("~tp", [Term])).
