%% One value that all processes share, kept in four ways: a gen_server, a table, a compiled module (FastGlobal) and a
%% persistent term. Each `run` is [0 for reading or 1 for writing, number of processes, milliseconds].
-module(termstore_bench_compare).
-behaviour(gen_server).
-export([open/2, large/1]).
-export([init/1, handle_call/3, handle_cast/2]).

-define(KEY, bench_comparison).

open(Case, [Entries]) ->
    ["compare", Rest] = string:split(atom_to_list(Case), "_"),
    [How, Kind] = string:split(Rest, "_", trailing),
    Value =
        case Kind of
            "small" -> #{version => 0, name => <<"Ada Lovelace">>, active => true};
            "large" -> large(Entries)
        end,
    {Read, Write} = access(How, Value),
    fun([Action, Count, Ms]) ->
        Rates = termstore_bench_threads:at_once(Count, Ms, fun(_) -> chunk(Action, Value, Read, Write) end),
        %% Nanoseconds of an operation, as each process sees it.
        [Count * 1000 / lists:sum(Rates) | [1000 / Rate || Rate <- Rates]]
    end.

large(Entries) ->
    Keys = [{iolist_to_binary(io_lib:format("key~6..0b", [I])), I} || I <- lists:seq(0, Entries - 1)],
    maps:put(version, 0, maps:from_list(Keys)).

chunk(0, _, Read, _) ->
    fun(N) ->
        #{version := _} = Read(),
        N + 1
    end;
chunk(1, Value, _, Write) ->
    fun(N) ->
        Write(Value#{version := erlang:unique_integer()}),
        N + 1
    end.

access("gen_server", Value) ->
    {ok, Server} = gen_server:start_link(?MODULE, Value, []),
    {fun() -> gen_server:call(Server, get, infinity) end, fun(V) ->
        gen_server:call(Server, {put, V}, infinity)
    end};
access("ets", Value) ->
    T = ets:new(bench, [set, public, {read_concurrency, true}, {write_concurrency, true}]),
    ets:insert(T, {?KEY, Value}),
    {fun() -> ets:lookup_element(T, ?KEY, 2) end, fun(V) -> ets:insert(T, {?KEY, V}) end};
access("persistent_term", Value) ->
    persistent_term:put(?KEY, Value),
    {fun() -> persistent_term:get(?KEY) end, fun(V) -> persistent_term:put(?KEY, V) end};
access("fast_global", Value) ->
    compile_constant(Value),
    {fun() -> termstore_bench_constant:value() end, fun compile_constant/1}.

compile_constant(Value) ->
    Forms = [
        {attribute, 1, module, termstore_bench_constant},
        {attribute, 1, export, [{value, 0}]},
        {function, 1, value, 0, [{clause, 1, [], [], [erl_parse:abstract(Value)]}]}
    ],
    {ok, Module, Binary} = compile:forms(Forms, []),
    load(Module, Binary).

load(Module, Binary) ->
    code:purge(Module),
    case code:load_binary(Module, "constant", Binary) of
        {module, Module} -> ok;
        %% Another writer came in between.
        {error, not_purged} -> load(Module, Binary)
    end.

init(Value) -> {ok, Value}.

handle_call(get, _, Value) -> {reply, Value, Value};
handle_call({put, Value}, _, _) -> {reply, ok, Value}.

handle_cast(_, Value) -> {noreply, Value}.
