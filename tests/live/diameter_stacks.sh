#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# Real Diameter peers speak S6a over TCP, and the probe listens. Three network namespaces in a row: an MME and an HSS, both Erlang/OTP's
# diameter application (tests/live/stacks/), and between them either a router or freeDiameter as a relay. In the one between listen the probe
# on the kernel interface towards the MME, the probe on a DPDK af_packet port towards the HSS, and tcpdump on both.
#
#   tests/live/diameter_stacks.sh PROBE direct|relay FOLDER [SUBSCRIBERS [RATE]]
#
# PROBE is the built program (build/sigcanary). FOLDER, which must exist, gets what each counted:
#   mme.txt hss.txt                      lines `count KIND NAME NUMBER` of the peers
#   mme.pcap hss.pcap                    what tcpdump saw on the side of each
#   {mme,hss}.{transactions,stats,log}   of the probe on that side
# Exit: 0 when the peers came to their end, 1 when something did not start or end, 77 with a sentence when a package or a right is missing.
set -u

probe=${1:?usage: diameter_stacks.sh PROBE direct|relay FOLDER}
way=${2:?usage: diameter_stacks.sh PROBE direct|relay FOLDER}
folder=${3:?usage: diameter_stacks.sh PROBE direct|relay FOLDER}
subscribers=${4:-400}
rate=${5:-80}
here=$(cd "$(dirname "$0")" && pwd)
realm=epc.mnc010.mcc234.3gppnetwork.org

skip() { echo "skipped: $*" >&2; exit 77; }
fail() {
	echo "failed: $*" >&2
	tail -n 12 "$folder"/*.log "$folder"/mme.txt "$folder"/hss.txt >&2 2>/dev/null
	exit 1
}

[ "$(id -u)" -eq 0 ] || skip "network namespaces need root"
for program in ip ethtool tcpdump erl erlc diameterc; do
	command -v $program >/dev/null || skip "the program $program is missing"
done
[ "$way" = direct ] || command -v freeDiameterd >/dev/null || skip "the program freeDiameterd is missing"
[ "$way" = direct ] || command -v openssl >/dev/null || skip "the program openssl is missing"

mme=sigcanary-m-$$ between=sigcanary-b-$$ hss=sigcanary-h-$$
pids=

# Whoever has not ended three seconds after being asked to is ended.
cleanup() {
	for pid in $pids; do kill "$pid" 2>/dev/null; done
	for _ in $(seq 30); do
		[ -n "$(jobs -r)" ] || break
		sleep 0.1
	done
	for pid in $pids; do kill -9 "$pid" 2>/dev/null; done
	for name in $mme $between $hss; do ip netns del "$name" 2>/dev/null; done
}
trap cleanup EXIT

in_between() { ip netns exec "$between" "$@"; }

# A cable from the namespace in the middle to another; what a card would do to segments is switched off, else they are not as on a wire.
cable() {
	local name=$1 near=$2 net=$3
	ip netns add "$name" && ip -n "$between" link add "$near" type veth peer name eth0 netns "$name" || return 1
	ip -n "$between" addr add "$net.1/24" dev "$near"
	ip -n "$name" addr add "$net.2/24" dev eth0
	ip -n "$between" link set "$near" up
	ip -n "$name" link set eth0 up
	ip -n "$name" link set lo up
	ip -n "$name" route add default via "$net.1"
	in_between ethtool -K "$near" tso off gso off gro off tx off >/dev/null 2>&1
	ip netns exec "$name" ethtool -K eth0 tso off gso off gro off tx off >/dev/null 2>&1
}

# Starts a program in the middle, so that $last is the program's own number; its output goes to FOLDER/NAME.log.
start_between() {
	local name=$1
	shift
	ip netns exec "$between" "$@" >"$folder/$name.log" 2>&1 &
	pids="$pids $!"
	last=$!
}

wait_for() {
	local words=$1 file=$2
	for _ in $(seq 600); do
		grep -q "$words" "$file" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

# Until a port of the middle or of this machine's other namespace answers.
wait_for_port() {
	for _ in $(seq 600); do
		in_between bash -c ": </dev/tcp/$1/$2" 2>/dev/null && return 0
		sleep 0.1
	done
	return 1
}

# The relay. Its certificate has to bear its own name although nobody uses TLS, and plain peers have to be allowed by name.
relay_start() {
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=dra.$realm" -keyout "$folder/dra.key" -out "$folder/dra.pem" \
		>/dev/null 2>&1 || return 1
	echo "ALLOW_IPSEC *.$realm" >"$folder/dra.acl"
	cat >"$folder/dra.conf" <<-CONF
		Identity = "dra.$realm";
		Realm = "$realm";
		Port = 3868;
		SecPort = 0;
		No_SCTP;
		No_IPv6;
		TcTimer = 6;
		ListenOn = "10.77.1.1";
		ListenOn = "10.77.2.1";
		TLS_Cred = "$folder/dra.pem", "$folder/dra.key";
		TLS_CA = "$folder/dra.pem";
		LoadExtension = "acl_wl.fdx" : "$folder/dra.acl";
		ConnectPeer = "hss1.$realm" { ConnectTo = "10.77.2.2"; No_TLS; };
	CONF
	start_between relay freeDiameterd -c "$folder/dra.conf"
	wait_for "'STATE_WAITCEA'.*'STATE_OPEN'\|-> 'STATE_OPEN'\|STATE_OPEN" "$folder/relay.log"
}

ip netns add $between || skip "no network namespace can be made here"
ip -n $between link set lo up
cable $mme towards-mme 10.77.1 && cable $hss towards-hss 10.77.2 || skip "no virtual cable can be made here"
in_between sysctl -qw net.ipv4.ip_forward=1
(cd "$folder" && diameterc "$here/stacks/s6a_dict.dia" && erlc s6a_dict.erl "$here/stacks/s6a_peer.erl") >"$folder/erlc.log" 2>&1 ||
	fail "the peers do not compile"

start_between tcpdump-mme tcpdump -i towards-mme -B 16384 -U -s 0 -w "$folder/mme.pcap" tcp
start_between tcpdump-hss tcpdump -i towards-hss -B 16384 -U -s 0 -w "$folder/hss.pcap" tcp
# An answer that a busy machine keeps back for seconds is one all the same; the peers give up a second later than the probes.
printf 'metrics:\n  port: 9464\nmatching:\n  timeouts:\n    s6a.ulr: 8 s\n' >"$folder/mme.yaml"
printf 'metrics:\n  port: 9465\nmatching:\n  timeouts:\n    s6a.ulr: 8 s\n' >"$folder/hss.yaml"
start_between mme "$probe" run --quiet -c "$folder/mme.yaml" --transactions "$folder/mme.transactions" --stats "$folder/mme.stats" \
	--iface towards-mme
probes=$last
start_between hss "$probe" run --quiet -c "$folder/hss.yaml" --transactions "$folder/hss.transactions" --stats "$folder/hss.stats" \
	-- --vdev=net_af_packet0,iface=towards-hss,framecnt=16384
probes="$probes $last"
wait_for_port 127.0.0.1 9464 || fail "the probe on the interface does not serve its metrics"
wait_for_port 127.0.0.1 9465 || fail "the probe on the DPDK port does not serve its metrics"
for side in mme hss; do
	wait_for "listening on towards-$side" "$folder/tcpdump-$side.log" || fail "tcpdump does not listen"
done

# The HSS ends when a line says so. erl does not end on SIGTERM while a stop hangs, so that `timeout` has the last word.
mkfifo "$folder/hss.in"
exec 9<>"$folder/hss.in"
(cd "$folder" && exec ip netns exec $hss timeout -k 5 240 erl -noshell -s s6a_peer hss 10.77.2.2 3868) <"$folder/hss.in" >"$folder/hss.txt" 2>&1 &
pids="$pids $!"
hss_pid=$!
wait_for "hss up" "$folder/hss.txt" || fail "the HSS does not start"
server=10.77.2.2
if [ "$way" = relay ]; then
	relay_start || fail "freeDiameter does not reach the HSS"
	server=10.77.1.1
fi
(cd "$folder" && exec ip netns exec $mme timeout -k 5 240 erl -noshell -s s6a_peer mme $server 3868 "$subscribers" "$rate") \
	>"$folder/mme.txt" 2>&1 </dev/null || fail "the MME did not come to its end"
sleep 3
echo end >&9
wait $hss_pid || fail "the HSS did not come to its end"
sleep 1
# shellcheck disable=SC2086
kill -TERM $probes
for pid in $probes; do
	wait "$pid" || fail "a probe ended with $?"
done
echo "done: $(grep -c '^count' "$folder/mme.txt") things counted by the MME, $(grep -c '^count' "$folder/hss.txt") by the HSS"
