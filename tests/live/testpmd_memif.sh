#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
#
# dpdk-testpmd sends the packets of a capture over a memif socket to the probe, in a loop and without loss, and stops. Afterwards the
# probe's packets must be testpmd's TX-packets, to the last one.
#
#   tests/live/testpmd_memif.sh PROBE CAPTURE [SECONDS]
#
# PROBE is the built program (build/sigcanary). Exit: 0 equal, 1 not, 77 when testpmd is not installed. Needs no hugepages and no network
# card. SIGCANARY_MEMIF_CLIENT=1 makes the probe the client of the socket, started before there is a server, which tests its waiting.
set -u

probe=${1:?usage: testpmd_memif.sh PROBE CAPTURE [SECONDS]}
capture=${2:?usage: testpmd_memif.sh PROBE CAPTURE [SECONDS]}
seconds=${3:-3}
testpmd=$(command -v dpdk-testpmd) || { echo "skipped: dpdk-testpmd is not installed" >&2; exit 77; }

folder=$(mktemp -d)
probe_pid=
testpmd_pid=
trap 'kill $probe_pid $testpmd_pid 2>/dev/null; rm -rf "$folder"; rmdir "/var/run/dpdk/testpmd-$$" 2>/dev/null' EXIT

case ${SIGCANARY_MEMIF_CLIENT:-0} in
1) probe_role=client testpmd_role=server ;;
*) probe_role=server testpmd_role=client ;;
esac
memif="rsize=11,socket=$folder/memif.sock,socket-abstract=no"

# Waits until testpmd has printed the pattern, at most two minutes; the rest of the arguments is a command given to it before each look.
testpmd_says() {
	local pattern=$1 command=${2-}
	for _ in $(seq 240); do
		[ -z "$command" ] || echo "$command"
		sleep 0.5
		grep -q "$pattern" "$folder/testpmd.log" && return 0
	done
	return 1
}

# What testpmd is told. It must not start before the link is up: its busy core would keep the handshake waiting. It must not go before
# the probe has read the ring: what is in it then is lost with it. Retrying makes it lossless (testpmd guide, "set fwd io retry").
testpmd_commands() {
	echo "set fwd io retry"
	echo "set burst tx delay 1 retry 100000"
	testpmd_says 'net_memif *up' "show port summary all" || { echo quit; return; }
	sleep 1
	echo "start"
	sleep "$seconds"
	echo "stop"
	testpmd_says 'Accumulated forward statistics'
	for _ in $(seq 240); do
		[ "$("$probe" status --json --socket "$folder/api.sock" 2>/dev/null | number packets)" = "$(sent)" ] && break
		sleep 0.5
	done
	echo "quit"
}

# Only the port of the memif sends: the sum over all ports is what it sent.
sent() { sed -n '/Accumulated forward statistics/,$s/.*TX-packets: *\([0-9][0-9]*\).*/\1/p' "$folder/testpmd.log" | head -1; }

number() { sed -n "s/.*\"$1\": *\([0-9][0-9]*\).*/\1/p" | head -1; }

echo "{metrics: {port: 0}, api: {socket: $folder/api.sock}}" >"$folder/probe.yaml"

"$probe" run --quiet -c "$folder/probe.yaml" --stats "$folder/stats.json" --exit-when-idle 30 -- "--vdev=net_memif0,role=$probe_role,$memif" \
	>"$folder/probe.log" 2>&1 &
probe_pid=$!

# A probe that serves comes first; one that is a client waits, on purpose, for a server that is not there yet, and opens nothing before.
[ $probe_role = server ] || sleep 1
for _ in $(seq 600); do
	[ $probe_role = client ] || { [ -S "$folder/api.sock" ] && [ -S "$folder/memif.sock" ]; } && break
	sleep 0.1
done

: >"$folder/testpmd.log"
testpmd_commands | stdbuf -oL "$testpmd" --lcores '0@0,1@0' --no-pci --no-huge --no-shconf -m 512 --file-prefix="testpmd-$$" \
	"--vdev=net_pcap0,rx_pcap=$capture,infinite_rx=1" "--vdev=net_memif0,role=$testpmd_role,$memif" \
	-- -i --forward-mode=io --no-flush-rx --burst=64 --total-num-mbufs=65536 >>"$folder/testpmd.log" 2>&1 &
testpmd_pid=$!
wait $testpmd_pid
# Nothing more can come; being idle would end it too, only later: it must outlast the slowest start of testpmd.
kill -INT $probe_pid 2>/dev/null
wait $probe_pid
probe_exit=$?

sent=$(sent)
received=$(number packets <"$folder/stats.json" 2>/dev/null)

if [ "$probe_exit" -ne 0 ] || [ -z "$sent" ] || [ "$sent" -eq 0 ] || [ "$sent" != "$received" ]; then
	echo "failed: testpmd sent ${sent:-nothing}, the probe counted ${received:-nothing} and ended with $probe_exit" >&2
	tail -n 40 "$folder/testpmd.log" "$folder/probe.log" >&2
	exit 1
fi
echo "equal: $sent packets sent and counted"
