%% The cases. open/2 prepares tables and keys and returns what `run` calls with its arguments.
%%
%% Each case has a loop of its own, written out, so that no case pays for a call of a fun. Nothing is
%% subtracted: the cost of the loop is the case empty_loop. `set` and `ordered_set` cases pick keys as the
%% JavaScript side does, by a mask or by the same linear congruential generator (?NEXT, ?PICK).
-module(termstore_bench_cases).
-export([open/2, timed/1, user/1]).

-define(MASK, 1023).
-define(NEXT(X), ((X * 1664525 + 1013904223) band 16#FFFFFFFF)).
-define(PICK(X, Rows), ((X bsr 8) rem Rows)).
-define(RANGE_ROWS, 100).

open(empty_loop, _) ->
    timed(fun(N) -> empty_loop(N) end);
open(empty_random_loop, [Rows]) ->
    timed(fun(N) -> empty_random_loop(N, 1, Rows, 0) end);
open(lookup_int, [Rows]) ->
    T = int_table([set], Rows),
    timed(fun(N) -> lookup_int(N, T) end);
open(lookup_int_concurrent, [Rows]) ->
    T = int_table([set, {read_concurrency, true}, {write_concurrency, true}], Rows),
    timed(fun(N) -> lookup_int(N, T) end);
open(lookup_string, [Rows]) ->
    {T, Keys} = string_table(Rows, fun(I) -> I end),
    timed(fun(N) -> lookup_string(N, T, Keys) end);
open(lookup_object, [Rows]) ->
    {T, Keys} = string_table(Rows, fun user/1),
    timed(fun(N) -> lookup_string(N, T, Keys) end);
open(lookup_random, [Rows]) ->
    T = int_table([set], Rows),
    timed(fun(N) -> lookup_random(N, 1, T, Rows) end);
open(lookup_element, [Rows]) ->
    T = int_table([set], Rows),
    timed(fun(N) -> lookup_element(N, T) end);
open(member_int, [Rows]) ->
    T = int_table([set], Rows),
    timed(fun(N) -> member_int(N, T) end);
open(member_string, [Rows]) ->
    {T, Keys} = string_table(Rows, fun(I) -> I end),
    timed(fun(N) -> member_string(N, T, Keys) end);
open(insert_int, [Rows]) ->
    T = int_table([set], Rows),
    timed(fun(N) -> insert_int(N, T) end);
open(insert_string, [Rows]) ->
    {T, Keys} = string_table(Rows, fun(I) -> I end),
    timed(fun(N) -> insert_string(N, T, Keys) end);
open(insert_object, [Rows]) ->
    {T, Keys} = string_table(Rows, fun user/1),
    User = user(1),
    timed(fun(N) -> insert_object(N, T, Keys, User) end);
open(update_counter, [Rows]) ->
    T = int_table([set], Rows),
    timed(fun(N) -> update_counter(N, T) end);
open(ordered_lookup, [Rows]) ->
    T = int_table([ordered_set], Rows),
    timed(fun(N) -> lookup_random(N, 1, T, Rows) end);
open(ordered_insert, [Rows]) ->
    T = int_table([ordered_set], Rows),
    timed(fun(N) -> insert_random(N, 1, T, Rows) end);
open(ordered_next, [Rows]) ->
    T = int_table([ordered_set], Rows),
    timed(fun(N) -> next(N, T, ets:first(T)) end);
open(ordered_range, [Rows]) ->
    T = int_table([ordered_set], Rows),
    timed(fun(N) -> ranges(N div ?RANGE_ROWS, 1, T, Rows - ?RANGE_ROWS) end);
open(persistent_atom, _) ->
    persistent_term:put(termstore_bench, user(1)),
    timed(fun(N) -> persistent_atom(N) end);
open(persistent_tuple, _) ->
    Key = {bench, key},
    persistent_term:put(Key, user(1)),
    timed(fun(N) -> persistent_tuple(N, Key) end);
open(Case, Args) ->
    termstore_bench_bulk:open(Case, Args).

%% One untimed pass first: caches and the process's heap are as they will be.
timed(Loop) ->
    Loop(1000),
    fun([N]) ->
        Start = erlang:monotonic_time(nanosecond),
        Loop(N),
        [(erlang:monotonic_time(nanosecond) - Start) / N]
    end.

int_table(Options, Rows) ->
    T = ets:new(bench, Options),
    [ets:insert(T, {I, I}) || I <- lists:seq(0, Rows - 1)],
    T.

string_table(Rows, Value) ->
    T = ets:new(bench, [set]),
    Keys = [iolist_to_binary(io_lib:format("key~6..0b", [I])) || I <- lists:seq(0, Rows - 1)],
    lists:foldl(fun(Key, I) -> ets:insert(T, {Key, Value(I)}), I + 1 end, 0, Keys),
    {T, list_to_tuple(Keys)}.

user(I) ->
    #{id => I, name => <<"Ada Lovelace">>, email => <<"ada@example.org">>, active => true, score => 0.5}.

empty_loop(0) -> ok;
empty_loop(N) -> empty_loop(N - 1).

empty_random_loop(0, _, _, Picked) -> Picked;
empty_random_loop(N, X, Rows, _) -> empty_random_loop(N - 1, ?NEXT(X), Rows, ?PICK(X, Rows)).

lookup_int(0, _) -> ok;
lookup_int(N, T) ->
    [_] = ets:lookup(T, N band ?MASK),
    lookup_int(N - 1, T).

lookup_string(0, _, _) -> ok;
lookup_string(N, T, Keys) ->
    [_] = ets:lookup(T, element((N band ?MASK) + 1, Keys)),
    lookup_string(N - 1, T, Keys).

lookup_random(0, _, _, _) -> ok;
lookup_random(N, X, T, Rows) ->
    [_] = ets:lookup(T, ?PICK(X, Rows)),
    lookup_random(N - 1, ?NEXT(X), T, Rows).

lookup_element(0, _) -> ok;
lookup_element(N, T) ->
    _ = ets:lookup_element(T, N band ?MASK, 2),
    lookup_element(N - 1, T).

member_int(0, _) -> ok;
member_int(N, T) ->
    true = ets:member(T, N band ?MASK),
    member_int(N - 1, T).

member_string(0, _, _) -> ok;
member_string(N, T, Keys) ->
    true = ets:member(T, element((N band ?MASK) + 1, Keys)),
    member_string(N - 1, T, Keys).

insert_int(0, _) -> ok;
insert_int(N, T) ->
    ets:insert(T, {N band ?MASK, N}),
    insert_int(N - 1, T).

insert_string(0, _, _) -> ok;
insert_string(N, T, Keys) ->
    ets:insert(T, {element((N band ?MASK) + 1, Keys), N}),
    insert_string(N - 1, T, Keys).

insert_object(0, _, _, _) -> ok;
insert_object(N, T, Keys, User) ->
    ets:insert(T, {element((N band ?MASK) + 1, Keys), User}),
    insert_object(N - 1, T, Keys, User).

insert_random(0, _, _, _) -> ok;
insert_random(N, X, T, Rows) ->
    ets:insert(T, {?PICK(X, Rows), N}),
    insert_random(N - 1, ?NEXT(X), T, Rows).

update_counter(0, _) -> ok;
update_counter(N, T) ->
    ets:update_counter(T, N band ?MASK, 1),
    update_counter(N - 1, T).

next(0, _, _) -> ok;
next(N, T, '$end_of_table') -> next(N, T, ets:first(T));
next(N, T, Key) -> next(N - 1, T, ets:next(T, Key)).

%% OTP has no bounded range: select/2 walks the whole table when a guard bounds the key, so users step.
ranges(0, _, _, _) -> ok;
ranges(N, X, T, Starts) ->
    range(?RANGE_ROWS, T, ?PICK(X, Starts)),
    ranges(N - 1, ?NEXT(X), T, Starts).

range(0, _, _) -> ok;
range(N, T, Key) ->
    [_] = ets:lookup(T, Key),
    range(N - 1, T, ets:next(T, Key)).

persistent_atom(0) -> ok;
persistent_atom(N) ->
    _ = persistent_term:get(termstore_bench),
    persistent_atom(N - 1).

persistent_tuple(0, _) -> ok;
persistent_tuple(N, Key) ->
    _ = persistent_term:get(Key),
    persistent_tuple(N - 1, Key).
