%% persistent_term, under keys [<<"world">>, Key].
-module(termstore_oracle_terms).
-export([call/2, clear/0]).

call(put, [Key, Value]) ->
    persistent_term:put(Key, Value);
%% From OTP 28 on.
call(putNew, [Key, Value]) ->
    case lookup(Key) of
        [] -> persistent_term:put(Key, Value);
        [Value] -> ok;
        [_] -> termstore_oracle_ets:refuse(other_term)
    end;
call(get, [Key]) ->
    try
        persistent_term:get(Key)
    catch
        error:badarg -> termstore_oracle_ets:refuse(no_term)
    end;
call(get, [Key, Default]) ->
    persistent_term:get(Key, Default);
call(erase, [Key]) ->
    persistent_term:erase(Key);
call(getAll, []) ->
    [[Key, Value] || {Key, Value} <- own()];
call(info, []) ->
    #{count := Count} = persistent_term:info(),
    Count - (length(persistent_term:get()) - length(own())).

lookup(Key) -> [Value || {K, Value} <- own(), K =:= Key].

own() -> [Term || {[<<"world">>, _], _} = Term <- persistent_term:get()].

clear() -> [persistent_term:erase(Key) || {Key, _} <- own()].
