%% The OTP side of the benchmark: a line in, a line out, one long-lived node.
%%
%%   open <case> <int> ...   prepares the case in a process of its own    -> ok
%%   run <case> <int> ...    runs what was prepared                       -> ok <number> ...
%%   close <case>            ends that process and so drops its tables    -> ok
%%
%% Anything that goes wrong is answered with "error <reason>"; end of input ends the node.
-module(termstore_bench).
-export([main/0]).

main() ->
    %% Reports of failed cases would land between the answers.
    ok = logger:set_primary_config(level, none),
    io:format("ready ~s ~s ~s~n", [
        otp_version(),
        erlang:system_info(version),
        erlang:system_info(emu_flavor)
    ]),
    serve(#{}).

otp_version() ->
    Release = erlang:system_info(otp_release),
    File = filename:join([code:root_dir(), "releases", Release, "OTP_VERSION"]),
    case file:read_file(File) of
        {ok, Version} -> string:trim(Version);
        {error, _} -> Release
    end.

serve(Open) ->
    case io:get_line("") of
        Line when is_list(Line) ->
            [Command, Name | Args] = string:lexemes(Line, " \n"),
            {Reply, Next} = command(Command, Name, [list_to_integer(A) || A <- Args], Open),
            io:put_chars([Reply, $\n]),
            serve(Next);
        _ ->
            halt(0)
    end.

command("open", Name, Args, Open) ->
    Server = self(),
    Case = list_to_atom(Name),
    {Pid, Monitor} = spawn_monitor(fun() ->
        Run = termstore_bench_cases:open(Case, Args),
        Server ! {self(), []},
        run_loop(Server, Run)
    end),
    {await(Pid, Monitor), Open#{Name => {Pid, Monitor}}};
command("run", Name, Args, Open) ->
    #{Name := {Pid, Monitor}} = Open,
    Pid ! {run, Args},
    {await(Pid, Monitor), Open};
command("close", Name, [], Open) ->
    #{Name := {Pid, Monitor}} = Open,
    %% A monitor of its own: that of a case that failed has already reported.
    demonitor(Monitor, [flush]),
    Ended = monitor(process, Pid),
    exit(Pid, kill),
    receive
        {'DOWN', Ended, process, Pid, _} -> ok
    end,
    {"ok", maps:remove(Name, Open)}.

run_loop(Server, Run) ->
    receive
        {run, Args} ->
            Server ! {self(), Run(Args)},
            run_loop(Server, Run)
    end.

await(Pid, Monitor) ->
    receive
        {Pid, Numbers} ->
            lists:join($\s, ["ok" | [number(N) || N <- Numbers]]);
        {'DOWN', Monitor, process, Pid, Reason} ->
            ["error ", string:replace(io_lib:format("~0p", [Reason]), "\n", " ", all)]
    end.

number(N) when is_integer(N) -> integer_to_list(N);
number(N) -> float_to_list(N, [{scientific, 9}]).
