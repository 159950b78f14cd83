%% SPDX-License-Identifier: BSD-3-Clause
%% The two ends of S6a for diameter_stacks.sh, on the diameter application of Erlang/OTP.
%%
%%   erl -noshell -s s6a_peer hss ADDRESS PORT                      answers until it is ended by SIGTERM or its standard input
%%   erl -noshell -s s6a_peer mme ADDRESS PORT SUBSCRIBERS RATE     registers so many, waits for all answers, ends
%%
%% Each prints its own tally, a line per thing counted: `count KIND NAME NUMBER`. What a subscriber meets with follows from the last digits
%% of the IMSI (outcome/2), so that every run has the same answers. Required AVPs precede optional ones in the dictionary, and the module of
%% the callbacks is named alone: with an argument, every callback would get it.
-module(s6a_peer).

-export([hss/1, mme/1]).
-export([peer_up/3, peer_down/3, pick_peer/4, prepare_request/3, prepare_retransmit/3, handle_answer/4, handle_error/4,
         handle_request/3]).

-include_lib("diameter/include/diameter.hrl").
-include_lib("diameter/include/diameter_gen_base_rfc6733.hrl").

-define(S6A, 16777251).
-define(REALM, "epc.mnc010.mcc234.3gppnetwork.org").
-define(PLMN, <<16#32, 16#f4, 16#01>>).
-define(ANSWER_MS, 9000).
-define(UP_MS, 60000).

%% Who listens.
hss([Address, Port]) ->
    tally_open(),
    ok = diameter:start(),
    start("hss1." ++ ?REALM),
    {ok, _} = diameter:add_transport(s6a, {listen, [{transport_module, diameter_tcp},
                                                    {transport_config, [{reuseaddr, true}, {ip, address(Address)}, {port, number(Port)}]}]}),
    io:format("hss up~n"),
    os:set_signal(sigterm, ignore),
    wait_for_end(),
    tally_print(),
    halt(0).

%% The script closes our standard input, or says anything, when we shall end.
wait_for_end() ->
    case io:get_line("") of
        "end" ++ _ -> ok;
        eof -> ok;
        {error, _} -> ok;
        _ -> wait_for_end()
    end.

%% Who asks.
mme([Address, Port, Subscribers, Rate]) ->
    tally_open(),
    ok = diameter:start(),
    diameter:subscribe(s6a),
    start("mme1." ++ ?REALM),
    {ok, _} = diameter:add_transport(s6a, {connect, [{transport_module, diameter_tcp}, {connect_timer, 500},
                                                     {transport_config, [{raddr, address(Address)}, {rport, number(Port)}]}]}),
    receive #diameter_event{info = Up} when element(1, Up) =:= up -> ok
    after ?UP_MS -> io:format("mme never up~n"), halt(1)
    end,
    Pause = 1000 div number(Rate),
    Running = [begin timer:sleep(Pause), spawn_monitor(fun() -> attach(I) end) end || I <- lists:seq(1, number(Subscribers))],
    [receive {'DOWN', Reference, process, _, _} -> ok end || {_, Reference} <- Running],
    diameter:stop_service(s6a),
    tally_print(),
    halt(0).

start(Host) ->
    ok = diameter:start_service(s6a, [{'Origin-Host', Host}, {'Origin-Realm', ?REALM}, {'Vendor-Id', 10415},
                                      {'Product-Name', "sigcanary test"}, {'Supported-Vendor-Id', [10415]},
                                      {'Vendor-Specific-Application-Id',
                                       [#'diameter_base_Vendor-Specific-Application-Id'{'Vendor-Id' = 10415, 'Auth-Application-Id' = [?S6A]}]},
                                      {decode_format, map}, {restrict_connections, false},
                                      {application, [{alias, s6a}, {dictionary, s6a_dict}, {module, ?MODULE}]}]).

%% A registration as an MME does it: vectors, then the location; some leave again, some tell of their new gateway.
attach(I) ->
    Imsi = "23410" ++ io_lib:format("~10..0b", [I]),
    case call('AIR', Imsi, #{'Visited-PLMN-Id' => ?PLMN,
                             'Requested-EUTRAN-Authentication-Info' => #{'Number-Of-Requested-Vectors' => 1}}) of
        2001 -> located(I, Imsi, call('ULR', Imsi, #{'RAT-Type' => 1004, 'ULR-Flags' => 34, 'Visited-PLMN-Id' => ?PLMN}));
        _ -> ok
    end.

located(I, Imsi, 2001) when I rem 4 =:= 0 -> call('NOR', Imsi, #{'NOR-Flags' => 0});
located(I, Imsi, 2001) when I rem 4 =:= 1 -> call('PUR', Imsi, #{});
located(_, _, _) -> ok.

call(Name, Imsi, More) ->
    count(sent, atom_to_list(Name)),
    Request = More#{'Session-Id' => diameter:session_id("mme1." ++ ?REALM), 'Auth-Session-State' => 1, 'Origin-Host' => "mme1." ++ ?REALM,
                    'Origin-Realm' => ?REALM, 'Destination-Realm' => ?REALM, 'User-Name' => lists:flatten(Imsi)},
    Result = case diameter:call(s6a, s6a, [Name | Request], [{timeout, ?ANSWER_MS}]) of
                 {ok, Answer} -> result(Answer);
                 {error, Reason} -> Reason
             end,
    count(answered, io_lib:format("~s:~p", [Name, Result])),
    Result.

result(#{'Result-Code' := [Code]}) -> Code;
result(#{'Result-Code' := Code}) when is_integer(Code) -> Code;
result(#{'Experimental-Result' := [#{'Experimental-Result-Code' := Code}]}) -> {experimental, Code};
result(#{'Experimental-Result' := #{'Experimental-Result-Code' := Code}}) -> {experimental, Code};
result(_) -> none.

%% What becomes of a subscriber: 29.272 7.4.3 5001 user unknown, 5004 roaming not allowed, 5420 unknown EPS subscription, 5421 RAT not allowed;
%% RFC 6733 7.1.5 5012 unable to comply.
outcome('AIR', I) when I rem 50 =:= 7 -> {experimental, 5001};
outcome('AIR', I) when I rem 50 =:= 13 -> 5012;
outcome('ULR', I) when I rem 20 =:= 3 -> {experimental, 5004};
outcome('ULR', I) when I rem 20 =:= 9 -> {experimental, 5420};
outcome('ULR', I) when I rem 50 =:= 21 -> {experimental, 5421};
outcome('ULR', I) when I rem 50 =:= 22 -> silence;
outcome('PUR', I) when I rem 100 =:= 45 -> {experimental, 5001};
outcome(_, _) -> 2001.

peer_up(_, _, State) -> State.
peer_down(_, _, State) -> State.
pick_peer([Peer | _], _, _, _) -> {ok, Peer};
pick_peer([], _, _, _) -> false.
prepare_request(#diameter_packet{msg = Message}, _, _) -> {send, Message}.
prepare_retransmit(#diameter_packet{msg = Message}, _, _) -> {send, Message}.
handle_answer(#diameter_packet{msg = [_ | Answer]}, _, _, _) -> {ok, Answer}.
handle_error(Reason, _, _, _) -> {error, Reason}.

handle_request(#diameter_packet{msg = [Name | Request]}, _, {_, Capabilities}) ->
    #diameter_caps{origin_host = {Host, _}, origin_realm = {Realm, _}} = Capabilities,
    #{'Session-Id' := Session, 'User-Name' := User} = Request,
    Imsi = unicode:characters_to_list(iolist_to_binary([User])),
    count(received, atom_to_list(Name)),
    Result = outcome(Name, list_to_integer(lists:nthtail(5, Imsi))),
    count(answer, io_lib:format("~s:~p", [Name, Result])),
    Answer = #{'Session-Id' => Session, 'Auth-Session-State' => 1, 'Origin-Host' => Host, 'Origin-Realm' => Realm},
    case Result of
        silence -> discard;
        {experimental, Code} -> {reply, [answer_name(Name) | Answer#{'Experimental-Result' =>
                                                                     #{'Vendor-Id' => 10415, 'Experimental-Result-Code' => Code}}]};
        Code -> {reply, [answer_name(Name) | Answer#{'Result-Code' => Code}]}
    end.

answer_name('AIR') -> 'AIA';
answer_name('ULR') -> 'ULA';
answer_name('PUR') -> 'PUA';
answer_name('NOR') -> 'NOA'.

tally_open() -> ets:new(tally, [named_table, public, {write_concurrency, true}]).

count(Kind, Name) -> ets:update_counter(tally, {Kind, lists:flatten(Name)}, 1, {{Kind, lists:flatten(Name)}, 0}).

tally_print() -> [io:format("count ~s ~s ~b~n", [Kind, Name, Number]) || {{Kind, Name}, Number} <- lists:sort(ets:tab2list(tally))].

number(Text) -> list_to_integer(atom_to_list(Text)).
address(Text) -> {ok, Address} = inet:parse_address(atom_to_list(Text)), Address.
