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
#   see_published          waits until readers see all that was filed
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

# Readers see all that was filed.
see_published() {
	ask settle
}

daemon() {
	ask daemon "$1"
}

# --- roads that many scenarios begin with ---------------------------------------------------------
# The internet list asks for a notice and no consent; 2026-05-11 is a Monday, and five working days
# later it is the 18th.

# serve COMPANY DATE [NUMBER]: prints the notice's id
serve() {
	id_of as cyber credctl notice serve --entity "$1" --list black.internet-serious --ground other-serious \
		--instrument law.cybersecurity --document "示网告〔2026〕${3:-1}号" --date "$2" --fact 违法情节严重
}

# enlist COMPANY NOTICE DATE [NUMBER]: prints the record's id
enlist() {
	id_of as cyber credctl list add --entity "$1" --list black.internet-serious --ground other-serious \
		--instrument law.cybersecurity --document "示网列〔2026〕${4:-1}号" --date "$3" --fact 违法情节严重 \
		--notice "$2"
}

# listed COMPANY [NUMBER]: the whole road, from 2026-05-11 to 2026-05-19; prints the record's id
listed() {
	at 2026-05-11
	served=$(serve "$1" 2026-05-11 "${2:-1}")
	at 2026-05-19
	enlist "$1" "$served" 2026-05-19 "${2:-1}"
}

# abnormal COMPANY DATE [NUMBER]: on the list of abnormal operation, which asks for neither
abnormal() {
	id_of as market credctl list add --entity "$1" --list black.market-abnormal --ground unreachable \
		--instrument saic-68-2014 --document "示市监异〔2026〕${3:-1}号" --date "$2" --fact 通过登记住所无法联系
}

# penalised COMPANY NUMBER DATE KINDS: by the market bureau; prints the record's id
penalised() {
	cat > penalty.csv <<CSV
CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_SY,CF_YJ,CF_CFLB,CF_NR,CF_JDRQ,CF_CFJG,CF_CFJGDM
示例企业有限公司,$1,示市监罚〔2026〕$2号,违法事实,条例第一条,$4,$4,$3,示例县市场监督管理局,$MARKET
CSV
	rm -f penalty.csv.import
	as market credctl import penalty.csv --kind penalty > penalty.out 2>&1 || fail "$(cat penalty.out)"
	see_published
	credctl --json records "$1" | grep "〔2026〕$2号" | sed 's/.*"record":"\([0-9a-f]*\)".*/\1/'
}

# apply_repair COMPANY RECORD [OPTIONS]: at the window, with form, pledge and proof; prints the case's id
apply_repair() {
	entity=$1
	record=$2
	shift 2
	echo 申请表 > form
	echo 承诺书 > pledge
	echo 履行证明 > proof
	id_of as window credctl repair apply --entity "$entity" --record "$record" --form form \
		--document pledge=pledge --document performance=proof "$@"
}

# object COMPANY RECORD GROUND: at the window; prints the case's id
object() {
	echo 申请表 > form
	id_of as window credctl objection file --entity "$1" --record "$2" --ground "$3" --form form \
		--statement 记录有误
}

# granted COMPANY CASE OFFICE DATE: accepted and granted on that day
granted() {
	as window credctl repair accept --entity "$1" --case "$2" --date "$4"
	as "$3" credctl repair decide --entity "$1" --case "$2" --date "$4" --grant --number 示修〔2027〕1号 \
		--reason 已履行义务并消除影响
}

# adopt_with DATE SED: from that day on a rule book in force that differs by this
adopt_with() {
	sed -e 's/^version: cn-2026$/version: cn-2026b/' -e "s/^effective_date: .*/effective_date: $1/" -e "$2" \
		"$RULE_BOOK" > changed.yaml
	credctl rulebook adopt changed.yaml --from "$1" --sign "$ROOT_KEY"
}

# punish OFFICE COMPANY LISTING MEASURE DATE: prints the measure's id
punish() {
	id_of as "$1" credctl measure apply --entity "$2" --listing "$3" --measure "$4" --date "$5" \
		--document 示惩〔2026〕1号 --content 依法限制
}
