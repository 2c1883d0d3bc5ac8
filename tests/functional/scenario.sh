# SPDX-License-Identifier: Apache-2.0
#
# scenario.sh - the words of docs/scenarios beside those of the shell and of credctl.
#
#   at DATE[Thh:mm]        sets the clock, and waits until all that fell due by then is public
#   as OFFICE credctl ...  signs for that office (market, city, tax, ...)
#   id_of CMD...           runs a filing and prints the id of what it made
#   refused REASON CMD...  the command must be refused for this reason, and nothing else
#   says TEXT CMD...       the command must succeed, or say no, and its output hold this text
#   lacks TEXT CMD...      the same, and its output must not hold it
#   daemon stop|start      the registry is down, and up again
#
# Run by test_scenarios.py, which sets the variables; every command must succeed (set -e).
set -eu

as() {
	office=$1
	shift
	CREDCTL_ISSUER=$(cat "$TOWN/$office.uscc") CREDCTL_SIGN=$TOWN/$office.key "$@"
}

fail() {
	echo "scenario: $*" >&2
	exit 1
}

id_of() {
	made=$(with_json "$@") || fail "$* failed: $made"
	echo "$made" | sed -n 's/.*"record": *"\([0-9a-f]\{32\}\)".*/\1/p' | head -n 1
}

# "as OFFICE credctl words" or "credctl words", with --json behind credctl.
with_json() {
	if [ "$1" = as ]; then
		office=$2
		shift 3
		as "$office" credctl --json "$@"
	else
		shift
		credctl --json "$@"
	fi
}

refused() {
	reason=$1
	shift
	if said=$(with_json "$@" 2>&1); then
		fail "accepted, but should be refused for $reason: $*"
	fi
	case $said in
	*"\"$reason\""*) ;;
	*) fail "refused, but not for $reason: $*
$said" ;;
	esac
}

output_of() {
	code=0
	said=$("$@" 2>&1) || code=$?
	[ "$code" -le 1 ] || fail "exit code $code: $*
$said"
}

says() {
	text=$1
	shift
	output_of "$@"
	case $said in
	*"$text"*) ;;
	*) fail "'$text' is not in the output of: $*
$said" ;;
	esac
}

lacks() {
	text=$1
	shift
	output_of "$@"
	case $said in
	*"$text"*) fail "'$text' is in the output of: $*
$said" ;;
	esac
}

ask() {
	echo "$*" >&3
	read -r answer <&4
	[ "$answer" = ok ] || fail "$* : $answer"
}

at() {
	ask at "$1"
}

daemon() {
	ask daemon "$1"
}
