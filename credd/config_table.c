/* SPDX-License-Identifier: Apache-2.0
 *
 * config_table.c - every setting of credd.yaml, and the reference made from it.
 *
 * To add a setting: a field in struct credd_config, a row here, and the new text of
 * `credd --help-config` in docs/man/credd.yaml.5 (a test compares the two).
 */
#include "config_table.h"

#include <inttypes.h>

static const char *const log_levels[] = {"debug", "info", "warn", "error", NULL};

#define AT(member) offsetof(struct credd_config, member)
#define PATH_BYTES 1, 4095
/* sun_path has 108 bytes, one of them the NUL: unix(7). */
#define SOCKET_BYTES 1, 107
#define ANY 0, 0

/* clang-format off */
const struct credd_config_row credd_config_rows[] = {
	{"origin", CREDD_CONFIG_TEXT, AT(origin), 1, 100, NULL, true, NULL,
		{"Name of this registry and its log; the one it was founded with.",
		 "登记系统及其日志的标识，须与设立时一致。"}},
	{"data", CREDD_CONFIG_PATH, AT(data), PATH_BYTES, "data", false, NULL,
		{"Folder of the database; made when missing.",
		 "数据库目录，不存在时自动创建。"}},
	{"head", CREDD_CONFIG_PATH, AT(head), PATH_BYTES, "head", false, NULL,
		{"File with the last signed head and the newest epochs; as fast as data, better on another disk.",
		 "最近签名头及最新批次文件，速度应与 data 相当，宜分盘存放。"}},
	{"root.uscc", CREDD_CONFIG_USCC, AT(root_uscc), ANY, NULL, true, NULL,
		{"Code of the root authority.",
		 "根管理机关的统一社会信用代码。"}},
	{"root.key", CREDD_CONFIG_VKEY, AT(root_key), ANY, NULL, true, NULL,
		{"Public key of the root authority: the line of its .pub file.",
		 "根管理机关公钥，即其 .pub 文件中的一行。"}},
	{"keys.log", CREDD_CONFIG_PATH, AT(log_key), PATH_BYTES, "keys/log.key", false, NULL,
		{"Private key file that signs checkpoints; mode 0600.",
		 "签署检查点的私钥文件，权限 0600。"}},
	{"keys.system", CREDD_CONFIG_PATH, AT(system_key), PATH_BYTES, "keys/system.key", false, NULL,
		{"Private key file that signs refusals and acts of time; mode 0600.",
		 "签署拒收说明和到期文书的私钥文件，权限 0600。"}},
	{"listen.tcp", CREDD_CONFIG_ADDRESS, AT(tcp), 3, 261, NULL, false, NULL,
		{"Address for TLS, host:port; none: no TCP. Needs the tls section.",
		 "TLS 监听地址 host:port；不填则不监听 TCP。须配置 tls。"}},
	{"listen.socket", CREDD_CONFIG_PATH, AT(socket), SOCKET_BYTES, NULL, false, NULL,
		{"Unix socket; who can open it is the operator. None: no socket.",
		 "Unix 套接字；能打开者即为运维人员。不填则不监听。"}},
	{"listen.socket_mode", CREDD_CONFIG_MODE, AT(socket_mode), 0, 0777, "0600", false, NULL,
		{"Permission bits of the socket.",
		 "套接字的权限位。"}},
	{"listen.socket_authority", CREDD_CONFIG_USCC, AT(socket_authority), ANY, NULL, false, NULL,
		{"Authority that the socket stands for, beside the operator.",
		 "套接字所代表的机关代码（在运维人员身份之外）。"}},
	{"tls.certificate", CREDD_CONFIG_PATH, AT(tls_certificate), PATH_BYTES, NULL, false, NULL,
		{"Certificate chain, PEM; read again when it changes.",
		 "证书链（PEM），变更后自动重新读取。"}},
	{"tls.key", CREDD_CONFIG_PATH, AT(tls_key), PATH_BYTES, NULL, false, NULL,
		{"Its private key, PEM; mode 0600.",
		 "证书私钥（PEM），权限 0600。"}},
	{"tls.client_ca", CREDD_CONFIG_PATH, AT(tls_client_ca), PATH_BYTES, NULL, false, NULL,
		{"CA that signs the certificates of authorities, PEM.",
		 "签发机关证书的 CA（PEM）。"}},
	{"limits.workers", CREDD_CONFIG_NUMBER, AT(workers), 0, 64, "0", false, NULL,
		{"Threads that answer calls; 0: one for each processor that the daemon may run on.",
		 "处理调用的线程数；0 为每个可用处理器一个。"}},
	{"limits.message_bytes", CREDD_CONFIG_NUMBER, AT(message_bytes), 65536, 8650752, "8650752", false, NULL,
		{"Largest request.",
		 "单个请求的最大字节数。"}},
	{"limits.calls", CREDD_CONFIG_NUMBER, AT(calls), 16, 65536, "4096", false, NULL,
		{"Calls in flight; more are refused with RESOURCE_EXHAUSTED.",
		 "并发调用上限，超过则返回 RESOURCE_EXHAUSTED。"}},
	{"limits.connections", CREDD_CONFIG_NUMBER, AT(connections), 1, 65536, "1024", false, NULL,
		{"Connections of all listeners together.",
		 "全部监听的连接总数上限。"}},
	{"limits.calls_per_address", CREDD_CONFIG_NUMBER, AT(calls_per_address), 1, 65536, "512", false, NULL,
		{"Once a quarter of limits.calls is in flight, an address of the network may have so many of the rest.",
		 "并发调用达四分之一后，单个网络地址在其余名额中的上限。"}},
	{"limits.calls_per_connection", CREDD_CONFIG_NUMBER, AT(calls_per_connection), 1, 10000, "256", false, NULL,
		{"Calls in flight on one connection; clients hold the others back.",
		 "单个连接的并发调用上限，超出者由客户端暂缓。"}},
	{"limits.vain_calls", CREDD_CONFIG_NUMBER, AT(vain_calls), 1, 100000, "200", false, NULL,
		{"Calls a second that an address may take back, not fetch, or make without right, room or quota; beyond, in the long run, it is shut out for 10 seconds.",
		 "单个网络地址每秒可撤销、不取回，或在无权、满额、超配额时仍发起的调用数（长期平均），超过则断开并拒绝 10 秒。"}},
	{"limits.connections_per_address", CREDD_CONFIG_NUMBER, AT(connections_per_address), 1, 65536, "512", false, NULL,
		{"Connections of one address: IPv4, or the first half of IPv6. Raise it behind a proxy.",
		 "单个网络地址（IPv4，或 IPv6 前半段）的连接数上限；置于代理之后时请调高。"}},
	{"limits.connects_per_second", CREDD_CONFIG_NUMBER, AT(connects_per_second), 1, 100000, "50", false, NULL,
		{"New connections of one address in the long run; each costs a handshake.",
		 "单个网络地址每秒新建连接数（长期平均）；每次均须握手。"}},
	{"limits.handshake_ms", CREDD_CONFIG_NUMBER, AT(handshake_ms), 100, 600000, "10000", false, NULL,
		{"Time that a client has for the TLS handshake and HTTP/2's greeting.",
		 "客户端完成 TLS 握手和 HTTP/2 问候的毫秒数。"}},
	{"limits.stall_ms", CREDD_CONFIG_NUMBER, AT(stall_ms), 1000, 3600000, "60000", false, NULL,
		{"An answer that is not taken for so long is dropped; at once when memory or calls run short.",
		 "应答超过此毫秒数未被接收即丢弃；内存或并发名额紧张时立即丢弃。"}},
	{"limits.answer_bytes", CREDD_CONFIG_NUMBER, AT(answer_bytes), 16777216, 4294967295, "268435456", false, NULL,
		{"Bytes of answers that lie ready and are not taken yet.",
		 "待接收应答的总字节数上限。"}},
	{"limits.unheard_bytes", CREDD_CONFIG_NUMBER, AT(unheard_bytes), 16777216, 4294967295, "33554432", false, NULL,
		{"Bytes that connections of the network may send together without a whole call, one of them message_bytes and 1 MiB; then whoever sent most is put out.",
		 "全部网络连接在未构成完整调用前可发送的总字节数（单个连接为 message_bytes 加 1 MiB）；超过则断开发送最多者。"}},
	{"limits.queue", CREDD_CONFIG_NUMBER, AT(queue), 1, 65536, "4096", false, NULL,
		{"Filings that may wait for the writer; more are told when to come back.",
		 "等待写入的报送数上限，超过则告知稍后重发。"}},
	{"limits.queue_bytes", CREDD_CONFIG_NUMBER, AT(queue_bytes), 8650752, 4294967295, "268435456", false, NULL,
		{"Bytes of the filings that may wait for the writer.",
		 "等待写入的报送总字节数上限。"}},
	{"limits.epoch_filings", CREDD_CONFIG_NUMBER, AT(epoch_filings), 1, 4096, "1024", false, NULL,
		{"Filings in one epoch, that is in one synced commit.",
		 "每批次（一次同步提交）的报送数上限。"}},
	{"limits.drain_ms", CREDD_CONFIG_NUMBER, AT(drain_ms), 0, 600000, "10000", false, NULL,
		{"Time that calls in flight have to finish when the daemon is stopped.",
		 "停止服务时等待在途调用完成的毫秒数。"}},
	{"rates.public_read", CREDD_CONFIG_NUMBER, AT(rates.a_minute[CREDD_RATED_PUBLIC][CREDD_RATE_READ]), 0, 60000000, "1200", false, NULL,
		{"Quota of one public address (an IPv6 one: its /64) for single answers, a minute; 0: none.",
		 "每个公众地址（IPv6 按 /64）每分钟的单次查询配额；0 为不限。"}},
	{"rates.public_list", CREDD_CONFIG_NUMBER, AT(rates.a_minute[CREDD_RATED_PUBLIC][CREDD_RATE_LIST]), 0, 60000000, "120", false, NULL,
		{"For pages, batches and whatever is computed.",
		 "列表、批量及计算类查询的配额。"}},
	{"rates.public_stream", CREDD_CONFIG_NUMBER, AT(rates.a_minute[CREDD_RATED_PUBLIC][CREDD_RATE_STREAM]), 0, 60000000, "20", false, NULL,
		{"For streams that are opened, snapshots among them.",
		 "打开流（含快照下载）的配额。"}},
	{"rates.public_own", CREDD_CONFIG_NUMBER, AT(rates.a_minute[CREDD_RATED_PUBLIC][CREDD_RATE_OWN]), 0, 60000000, "60", false, NULL,
		{"For what opens with a token of a slip or an entity's key.",
		 "凭查询码或主体密钥查看的配额。"}},
	{"rates.authority_read", CREDD_CONFIG_NUMBER, AT(rates.a_minute[CREDD_RATED_AUTHORITY][CREDD_RATE_READ]), 0, 60000000, "120000", false, NULL,
		{"Quota of one authority, however many connections it has, for single answers, a minute.",
		 "每个机关（不论连接数）每分钟的单次查询配额。"}},
	{"rates.authority_list", CREDD_CONFIG_NUMBER, AT(rates.a_minute[CREDD_RATED_AUTHORITY][CREDD_RATE_LIST]), 0, 60000000, "12000", false, NULL,
		{"For pages, batches and whatever is computed.",
		 "列表、批量及计算类查询的配额。"}},
	{"rates.authority_stream", CREDD_CONFIG_NUMBER, AT(rates.a_minute[CREDD_RATED_AUTHORITY][CREDD_RATE_STREAM]), 0, 60000000, "600", false, NULL,
		{"For streams that are opened.",
		 "打开流的配额。"}},
	{"rates.authority_own", CREDD_CONFIG_NUMBER, AT(rates.a_minute[CREDD_RATED_AUTHORITY][CREDD_RATE_OWN]), 0, 60000000, "600", false, NULL,
		{"For what opens with a token of a slip or an entity's key.",
		 "凭查询码或主体密钥查看的配额。"}},
	{"rates.authority_file", CREDD_CONFIG_NUMBER, AT(rates.a_minute[CREDD_RATED_AUTHORITY][CREDD_RATE_FILE]), 0, 60000000, "12000", false, NULL,
		{"For filings, each of up to 1,000 acts, and cosignatures.",
		 "报送（每次至多 1000 件）及共签的配额。"}},
	{"rates.near", CREDD_CONFIG_FLAG, AT(rates.near), ANY, "false", false, NULL,
		{"Do peers on this machine (127.0.0.0/8, ::1) have quotas too? The Unix socket never has.",
		 "本机地址（127.0.0.0/8、::1）是否也受配额限制；Unix 套接字始终不受限。"}},
	{"publication.interval_ms", CREDD_CONFIG_NUMBER, AT(interval_ms), 1, 60000, "1000", false, NULL,
		{"While filings keep coming, readers are brought up to date this often.",
		 "持续有报送时的发布间隔毫秒数。"}},
	{"publication.idle_ms", CREDD_CONFIG_NUMBER, AT(idle_ms), 0, 60000, "10", false, NULL,
		{"And as soon as no filing has come for this long.",
		 "无新报送达此毫秒数即行发布。"}},
	{"publication.at_least_ms", CREDD_CONFIG_NUMBER, AT(at_least_ms), 100, 60000, "60000", false, NULL,
		{"A quiet registry publishes this often, so that an answer's age means something.",
		 "无报送时的最长发布间隔，使答复的时效有意义。"}},
	{"publication.folder", CREDD_CONFIG_PATH, AT(publication_folder), PATH_BYTES, NULL, false, NULL,
		{"Folder that the log is published to as files, for any web server. None: not published.",
		 "日志以静态文件发布到的目录，可由任意 Web 服务器提供。不填则不发布。"}},
	{"publication.bundle_days", CREDD_CONFIG_NUMBER, AT(bundle_days), 0, 36500, "0", false, NULL,
		{"Bundles of entries leave the folder after so long, hash tiles never; 0: nothing leaves.",
		 "条目包在发布目录中的保存天数，哈希块永久保存；0 为全部永久保存。"}},
	{"witnesses.policy", CREDD_CONFIG_PATH, AT(witness_policy), PATH_BYTES, NULL, false, NULL,
		{"Policy file with the witnesses that are asked to cosign. None: no witnesses.",
		 "列出共签见证方的策略文件。不填则无见证。"}},
	{"witnesses.ca", CREDD_CONFIG_PATH, AT(witness_ca), PATH_BYTES, NULL, false, NULL,
		{"CA that signs the witnesses' certificates, PEM; none: those of the system.",
		 "签发见证方证书的 CA（PEM）；不填则用系统自带的。"}},
	{"witnesses.timeout_ms", CREDD_CONFIG_NUMBER, AT(witness_timeout_ms), 100, 60000, "5000", false, NULL,
		{"Time that a witness has to answer; at the start it delays serving, later nobody.",
		 "等待见证方应答的毫秒数；启动时会推迟服务，之后不影响任何人。"}},
	{"witnesses.needed_at_start", CREDD_CONFIG_NUMBER, AT(witness_needed), 0, 16, "0", false, NULL,
		{"Witnesses that must cosign again before anything is signed; 0: one that is down is no hindrance.",
		 "启动签署前须重新共签的见证方数；0 表示见证方不可达不妨碍启动。"}},
	{"snapshot.interval_hours", CREDD_CONFIG_NUMBER, AT(snapshot_interval_hours), 0, 8760, "24", false, NULL,
		{"A snapshot of all listings is made this often, in publication.folder; 0: only on SIGUSR1.",
		 "名单快照的生成间隔小时数，存入 publication.folder；0 为仅在收到 SIGUSR1 时生成。"}},
	{"snapshot.keep", CREDD_CONFIG_NUMBER, AT(snapshot_keep), 1, 10000, "7", false, NULL,
		{"So many snapshots are kept; older ones are removed.",
		 "保留的快照份数，更早的将被删除。"}},
	{"watch.keep_days", CREDD_CONFIG_NUMBER, AT(watch_keep_days), 1, 3650, "30", false, NULL,
		{"A watch of statuses is not resumed from further back; who was away longer reads anew.",
		 "订阅信用状态变更时可续接的最长天数，超过者须重新读取。"}},
	{"erasure.scrub_minutes", CREDD_CONFIG_NUMBER, AT(scrub_minutes), 1, 10080, "60", false, NULL,
		{"Bytes of erased records are destroyed at once, but at most this often; filings wait meanwhile.",
		 "已删除记录的数据随即销毁，但不短于此间隔（分钟）；其间报送等待。"}},
	{"metrics.listen", CREDD_CONFIG_ADDRESS, AT(metrics), 3, 261, NULL, false, NULL,
		{"Address for /metrics, /ready and /fresh, plain HTTP without authentication, host:port: "
		 "loopback or a management network. None: not served.",
		 "/metrics、/ready 与 /fresh 的监听地址 host:port（明文 HTTP，无鉴权，宜用回环或管理网）。不填则不提供。"}},
	{"log.level", CREDD_CONFIG_CHOICE, AT(log_level), ANY, "info", false, log_levels,
		{"Least level of the lines on stderr.",
		 "stderr 日志的最低级别。"}},
	{"log.slow_ms", CREDD_CONFIG_NUMBER, AT(slow_ms), 1, 600000, "1000", false, NULL,
		{"A call that takes longer is logged as a warning.",
		 "超过此毫秒数的调用记为警告。"}},
	{"audit.deltas_hours", CREDD_CONFIG_NUMBER, AT(deltas_hours), 1, 87600, "9600", false, NULL,
		{"Auditors may fetch what they run again for so long; 9600 hours are 400 days.",
		 "审计机关可获取重演数据的期限（小时）；9600 小时即 400 天。"}},
	{"reflection", CREDD_CONFIG_FLAG, AT(reflection), ANY, "true", false, NULL,
		{"Answer gRPC server reflection.",
		 "提供 gRPC 服务端反射。"}},
};
/* clang-format on */

const size_t credd_config_row_count = sizeof credd_config_rows / sizeof credd_config_rows[0];

static void print_kind(FILE *out, const struct credd_config_row *row)
{
	switch (row->type) {
	case CREDD_CONFIG_TEXT:
		fprintf(out, "text, %" PRIu32 " to %" PRIu32 " bytes", row->min, row->max);
		break;
	case CREDD_CONFIG_PATH:
		fprintf(out, "path, at most %" PRIu32 " bytes", row->max);
		break;
	case CREDD_CONFIG_ADDRESS:
		fputs("host:port", out);
		break;
	case CREDD_CONFIG_NUMBER:
		fprintf(out, "number, %" PRIu32 " to %" PRIu32, row->min, row->max);
		break;
	case CREDD_CONFIG_MODE:
		fprintf(out, "octal, %04" PRIo32 " to %04" PRIo32, row->min, row->max);
		break;
	case CREDD_CONFIG_CHOICE:
		for (size_t i = 0; row->choices[i]; i++)
			fprintf(out, "%s%s", i ? " | " : "", row->choices[i]);
		break;
	case CREDD_CONFIG_FLAG:
		fputs("true | false", out);
		break;
	case CREDD_CONFIG_USCC:
		fputs("18-character code", out);
		break;
	case CREDD_CONFIG_VKEY:
		fputs("verifier key", out);
		break;
	}
}

void credd_config_help(FILE *out)
{
	for (size_t i = 0; i < credd_config_row_count; i++) {
		const struct credd_config_row *row = &credd_config_rows[i];

		fprintf(out, "%s%s  (", i ? "\n" : "", row->path);
		print_kind(out, row);
		if (row->standard)
			fprintf(out, "; default %s", row->standard);
		else
			fputs(row->required ? "; required" : "; optional", out);
		fprintf(out, ")\n    %s\n    %s\n", row->help[CREDIT_LANG_EN],
			row->help[CREDIT_LANG_ZH]);
	}
}
