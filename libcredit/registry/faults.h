/* SPDX-License-Identifier: Apache-2.0
 *
 * faults.h - what fsck can find wrong, and what it says of it.
 *
 * One row holds all that belongs together: name, what is wrong, what that means for answers, what to do.
 * "An answer that verifies" is one with its proof: it cannot be made wrong by damage, only be refused.
 */
#ifndef CREDIT_REGISTRY_FAULTS_H
#define CREDIT_REGISTRY_FAULTS_H

#include <credit/registry.h>

#define MEANS_ACT_LOST \
	"the act at this place cannot be shown or proved any more; statuses and other acts are " \
	"not touched", \
		"该处文书无法再出示或证明；信用状态和其他文书不受影响"
#define MEANS_LOG \
	"receipts and proofs that lead to this place are refused or do not verify; no wrong one " \
	"verifies", \
		"通向该处的回执和证明会被拒绝或无法通过验证；错误的证明不会通过验证"
#define MEANS_FORGED \
	"somebody has changed the journal, or a signing key was misused: trust no answer that is " \
	"not backed by " \
	"a checkpoint which witnesses cosigned before", \
		"日志被改动或签名密钥被冒用：除非有见证方此前联署的检查点佐证，否则不可采信答复"
#define MEANS_STATE_EN \
	"an answer without a proof that draws on this row may be wrong; one with a proof is " \
	"right or is refused"
#define MEANS_STATE_ZH "未附证明且涉及该行的答复可能有误；附证明的答复要么正确，要么被拒绝"
#define MEANS_STATE MEANS_STATE_EN, MEANS_STATE_ZH
#define MEANS_MAP \
	"statuses are right, their proofs are refused for the entities concerned", \
		"信用状态无误，但相关主体的状态证明会被拒绝"
#define REMEDY_BACKUP_EN \
	"keep the files as they are for examination; restore the newest whole backup (credctl " \
	"restore), or " \
	"take the journal of another copy"
#define REMEDY_BACKUP_ZH \
	"保留现有文件备查；恢复最新的完好备份（credctl restore），或使用其他副本的日志"
#define REMEDY_BACKUP REMEDY_BACKUP_EN, REMEDY_BACKUP_ZH
#define REMEDY_STATE \
	"move the folder 'state' away and start: it is built again from the journal", \
		"移走 state 目录后启动：状态库将由日志重建"
#define REMEDY_ALARM \
	"stop, keep the files, tell the root authority and the witnesses", \
		"立即停用并保留文件，报告根管理机关和见证方"

/* Names are read by programs: never rename. */
#define CREDIT_FAULT_LIST(X) \
	X(PAGE, "a page of the file is damaged", "文件页损坏", \
		"anything of this store may be unreadable; credd must not be started on it", \
		"该库内容可能无法读取；不得在其上启动服务", \
		"of the state: move the folder 'state' away and start; of the journal: restore " \
		"the newest " \
		"whole backup (credctl restore)", \
		"状态库：移走 state 目录后启动；日志库：恢复最新的完好备份（credctl restore）") \
	X(OPENING, "the registry does not open", "登记系统无法打开", \
		"it does not serve, so that no answer is wrong", \
		"系统不提供服务，因此不会有错误答复", \
		"do what the reason says; else " REMEDY_BACKUP_EN, \
		"按所示原因处理；否则" REMEDY_BACKUP_ZH) \
	X(ROW_UNREADABLE, "a row of the journal is damaged or missing", "日志行损坏或缺失", \
		MEANS_ACT_LOST, REMEDY_BACKUP) \
	X(MANIFEST, "the manifest of a filing cannot be read", "报送清单无法读取", MEANS_ACT_LOST, \
		REMEDY_BACKUP) \
	X(SIGNATURE, "an issuer's signature is false", "报送机关签名不符", MEANS_FORGED, \
		REMEDY_ALARM) \
	X(MANIFEST_ROOT, "the commitments do not give the manifest's root", "承诺值与清单根不符", \
		MEANS_ACT_LOST, REMEDY_BACKUP) \
	X(COMMITMENT, "act and opening do not give the commitment", "文书和开启值与承诺值不符", \
		MEANS_ACT_LOST, REMEDY_BACKUP) \
	X(DOCUMENT, "a document cannot be read or is another one", "附件无法读取或不是原件", \
		"this document cannot be shown; nothing else is touched", \
		"该附件无法出示，其他内容不受影响", REMEDY_BACKUP) \
	X(LOAD, "a load file is missing or is another one", "批量登记文件缺失或不是原件", \
		"its entities cannot be derived again; what the state says of them is not " \
		"touched", \
		"无法由该文件重新推导其主体；状态库中的内容不受影响", REMEDY_BACKUP) \
	X(TILE, "a tile of the log is not what the leaves give", "日志瓦片与日志条目不符", \
		MEANS_LOG, REMEDY_BACKUP) \
	X(EPOCH_ROOT, "the leaves do not give the root of the epoch", "日志条目与批次的根不符", \
		MEANS_LOG, REMEDY_BACKUP) \
	X(EPOCH_CHECKPOINT, "the epoch's checkpoint is not signed over its root", \
		"批次检查点的签名与其根不符", MEANS_FORGED, REMEDY_ALARM) \
	X(PUBLICATION_ROOT, "the leaves do not give the root of the publication", \
		"日志条目与该次发布的根不符", MEANS_LOG, REMEDY_BACKUP) \
	X(PUBLICATION_CHECKPOINT, "the publication's checkpoint is not signed over its root", \
		"发布检查点的签名与其根不符", MEANS_FORGED, REMEDY_ALARM) \
	X(COSIGNATURES, "cosignatures cannot be read", "联署无法读取", \
		"proofs of this publication lack witnesses; no answer is wrong", \
		"该次发布的证明缺少见证方联署；答复均无误", "ask the witnesses again", \
		"请见证方重新联署") \
	X(COSIGNATURES_STRAY, "cosignatures of a publication that is not there", \
		"存在所属发布不存在的联署", MEANS_FORGED, REMEDY_ALARM) \
	X(HEAD, "the journal's newest head is not that of its rows", \
		"日志的最新签名头与其内容不符", MEANS_LOG, REMEDY_BACKUP) \
	X(STATE_UNREADABLE, "a row of the state is damaged", "状态库的行损坏", \
		"answers that need this row are refused, none is wrong", \
		"需要该行的答复会被拒绝，不会有错误答复", REMEDY_STATE) \
	X(STATE_MISSING, "a row that the journal gives is not in the state", \
		"日志所载的行不在状态库中", MEANS_STATE, REMEDY_STATE) \
	X(STATE_EXTRA, "a row of the state does not follow from the journal", \
		"状态库中的行没有日志依据", MEANS_STATE, REMEDY_STATE) \
	X(STATE_DIFFERS, "a row of the state is another one than the journal gives", \
		"状态库中的行与日志不一致", MEANS_STATE, REMEDY_STATE) \
	X(STATE_MARK, "the state does not end where the journal says", "状态库的位置与日志不一致", \
		"answers may be older than they say; one with a proof is right or is refused", \
		"答复可能已过时；附证明的答复要么正确，要么被拒绝", REMEDY_STATE) \
	X(EFFECT, "an effect deletes what is not there", "效力记录删除了不存在的内容", \
		"the journal does not give a state; " MEANS_STATE_EN, \
		"日志无法得出状态库；" MEANS_STATE_ZH, REMEDY_BACKUP) \
	X(MORE, "more rows of the state than are told one by one", "状态库中另有更多的行不符", \
		MEANS_STATE, REMEDY_STATE) \
	X(MAP_LEAF, "a leaf of the map is not what the entity's status gives", \
		"映射叶与该主体的信用状态不符", MEANS_MAP, REMEDY_STATE) \
	X(MAP_TILE, "a tile of the map is not what its leaves give", "映射瓦片与映射叶不符", \
		MEANS_MAP, REMEDY_STATE) \
	X(MAP_ROOT, "the map does not have the root that the log names", "映射根与日志所载不一致", \
		"no status can be proved; answers without a proof may be wrong", \
		"任何状态均无法证明；未附证明的答复可能有误", REMEDY_STATE) \
	X(PUBLICATION_MAP, "the statuses of an earlier publication do not give its map root", \
		"早前某次发布的信用状态与其映射根不符", \
		"what is served now is right; proofs given out from that publication are not " \
		"explained by " \
		"the journal", \
		"现行答复无误；日志无法说明该次发布所出具的证明", REMEDY_ALARM)

enum fault {
#define FAULT_ENUM(name, ...) FAULT_##name,
	CREDIT_FAULT_LIST(FAULT_ENUM)
#undef FAULT_ENUM
};

/* Fills name and sentences. */
void credit__fault_set(struct credit_fault *fault, enum fault which);

#endif
