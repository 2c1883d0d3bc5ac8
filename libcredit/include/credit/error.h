/* SPDX-License-Identifier: Apache-2.0
 *
 * error.h - every way in which libcredit says no.
 *
 * One row of CREDIT_ERROR_LIST holds all there is to say of an error: its number, its name (the
 * stable `reason` of google.rpc.ErrorInfo), its class, and for a clerk the sentence and the remedy
 * in English and in Chinese. A function that can be refused fills a struct credit_problem, which
 * adds the field, the position and the rule; credit_problem_text() makes the sentences from both.
 *
 * Numbers are stored in receipts of refused acts and sent: never renumber.
 *
 * Threads: everything here is pure and safe from any thread.
 */
#ifndef CREDIT_ERROR_H
#define CREDIT_ERROR_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define CREDIT_API __attribute__((visibility("default")))
#define CREDIT_MUST_CHECK __attribute__((warn_unused_result))
#else
#define CREDIT_API
#define CREDIT_MUST_CHECK
#endif

/* What kind of no it is. The daemon maps each class to one gRPC status code. */
enum credit_error_class {
	CREDIT_CLASS_OK,
	CREDIT_CLASS_INVALID,         /* the input is wrong whatever the state: INVALID_ARGUMENT */
	CREDIT_CLASS_PRECONDITION,    /* the state or the rules forbid it: FAILED_PRECONDITION */
	CREDIT_CLASS_DENIED,          /* this authority may not: PERMISSION_DENIED */
	CREDIT_CLASS_UNAUTHENTICATED, /* who is asking is not proved: UNAUTHENTICATED */
	CREDIT_CLASS_ABSENT,          /* there is no such thing: NOT_FOUND */
	CREDIT_CLASS_EXISTS,          /* it is there already: ALREADY_EXISTS */
	CREDIT_CLASS_EXHAUSTED,       /* a bound or a quota is reached: RESOURCE_EXHAUSTED */
	CREDIT_CLASS_UNAVAILABLE,     /* try again later: UNAVAILABLE */
	CREDIT_CLASS_UNSUPPORTED,     /* not in this build or version: UNIMPLEMENTED */
	CREDIT_CLASS_DATA_LOSS,       /* what is stored is damaged: DATA_LOSS */
	CREDIT_CLASS_INTERNAL,        /* a defect of ours or a broken machine: INTERNAL */
	CREDIT_CLASS_CANCELLED,       /* the caller gave up: CANCELLED */
};

/* clang-format off */
/* X(number, NAME, CLASS, english, chinese, remedy_english, remedy_chinese) */
#define CREDIT_ERROR_LIST(X) \
X(0, OK, OK, "done", "成功", "", "") \
/* 1.. base */ \
X(1, NO_MEMORY, EXHAUSTED, "not enough memory", "内存不足", "try again later or with less at once", "请稍后重试或减少单次数量") \
X(2, INTERNAL, INTERNAL, "an internal error", "内部错误", "report it with the time and the request", "请将时间和请求内容报告给管理员") \
X(3, IO, INTERNAL, "reading or writing failed", "读写失败", "check the disk and the permissions of the path named", "请检查磁盘及所列路径的权限") \
X(4, NO_SPACE, UNAVAILABLE, "the disk is full; nothing was changed", "磁盘已满，未作任何更改", "free space, then send the same again", "请清理磁盘空间后原样重发") \
X(5, TOO_LARGE, INVALID, "it is larger than allowed", "超过允许的大小", "send less than the limit named", "请按所列上限缩减") \
X(6, TOO_MANY, INVALID, "there are more of them than allowed", "数量超过上限", "split it into parts within the limit named", "请按所列上限拆分") \
X(7, BUSY, UNAVAILABLE, "somebody else is using it", "正被占用", "stop the other process or try again later", "请停止占用的进程或稍后重试") \
X(8, UNSUPPORTED, UNSUPPORTED, "this is not supported", "不支持", "use one of the forms named in the manual", "请使用手册列出的形式") \
X(9, NOT_FOUND, ABSENT, "it was not found", "未找到", "check the name", "请核对名称") \
X(10, EXISTS, EXISTS, "it exists already", "已存在", "use the existing one or choose another name", "请使用已有的，或另选名称") \
X(11, CANCELLED, CANCELLED, "the caller gave up", "已取消", "", "") \
X(12, HEX_INVALID, INVALID, "it is not hexadecimal of the expected length", "不是规定长度的十六进制", "give digits 0-9 and a-f only", "只能使用 0-9 和 a-f") \
X(13, BASE64_INVALID, INVALID, "it is not standard base64", "不是标准 base64", "copy the value again, with its padding", "请连同填充符重新复制") \
X(14, UTF8_INVALID, INVALID, "it is not valid UTF-8", "不是有效的 UTF-8 文本", "convert the text to UTF-8", "请将文本转换为 UTF-8") \
X(15, CONTROL_CHARACTER, INVALID, "it contains a control character", "含有控制字符", "remove the character at the position named", "请删除所列位置的字符") \
X(16, DATE_INVALID, INVALID, "it is not a date", "不是有效日期", "write it as YYYY-MM-DD", "请写成 YYYY-MM-DD") \
X(17, CALENDAR_UNKNOWN, PRECONDITION, "the working-day calendar does not reach that date", "工作日历尚未覆盖该日期", "adopt a rule book with the State Council's notice for that year", "请采用包含该年度放假安排的规则库") \
X(18, NUMBER_INVALID, INVALID, "it is not a number of the expected form", "不是规定格式的数字", "give a plain decimal number within the limits named", "请按所列范围填写十进制数字") \
X(19, BASE45_INVALID, INVALID, "it is not base45", "不是 base45 文本", "scan or copy it again, in one piece and with the spaces inside it", "请完整地重新扫描或复制，保留其中的空格") \
/* 100.. uscc */ \
X(100, USCC_EMPTY, INVALID, "the unified social credit code is empty", "统一社会信用代码为空", "give the 18-character code", "请填写 18 位统一社会信用代码") \
X(101, USCC_LENGTH, INVALID, "a unified social credit code has 18 characters", "统一社会信用代码应为 18 位", "compare with the licence and give all 18 characters", "请对照证照补全 18 位") \
X(102, USCC_CHARACTER, INVALID, "this character cannot stand in a unified social credit code", "统一社会信用代码中不能有此字符", "only digits and capital letters are used; compare with the licence", "只能使用数字和大写字母，请对照证照") \
X(103, USCC_LETTER_EXCLUDED, INVALID, "the letters I, O, S, V and Z are never used in a unified social credit code", "统一社会信用代码不使用字母 I、O、S、V、Z", "look whether 1, 0, 5, U or 2 is meant; it is never guessed", "请核对是否为 1、0、5、U 或 2，系统不会代为猜测") \
X(104, USCC_DEPARTMENT, INVALID, "the first two characters name no registering department and category", "前两位不是已知的登记管理部门和机构类别", "compare the first two characters with the licence", "请对照证照核对前两位") \
X(105, USCC_REGION, INVALID, "characters 3 to 8 must be the digits of an administrative division", "第 3 至 8 位应为行政区划数字", "compare characters 3 to 8 with the licence", "请对照证照核对第 3 至 8 位") \
X(106, USCC_ORGANISATION_CHECK, INVALID, "the organisation code inside (characters 9 to 17) fails its check character", "第 9 至 17 位的组织机构代码校验不通过", "compare characters 9 to 17 with the licence; one of them is wrong", "请对照证照核对第 9 至 17 位") \
X(107, USCC_CHECK, INVALID, "the check character (18) does not fit the code", "第 18 位校验码不符", "compare every character with the licence; one of them is wrong or two are swapped", "请对照证照逐位核对，可能有错位或误录") \
X(108, USCC_IS_RESIDENT_ID, INVALID, "this is a resident identity number; natural persons are not recorded", "这是居民身份证号码；本系统不记录自然人", "remove it; give the code of the legal entity", "请删除，并填写法人或非法人组织的代码") \
X(109, USCC_IS_REGISTRATION_NUMBER, INVALID, "this is a 15-digit business registration number, not a unified social credit code", "这是 15 位工商注册号，不是统一社会信用代码", "give the 18-character code on the current licence", "请填写现行证照上的 18 位代码") \
X(110, USCC_IS_ORGANISATION_CODE, INVALID, "this is a 9-character organisation code, not a unified social credit code", "这是 9 位组织机构代码，不是统一社会信用代码", "give the 18-character code on the current licence", "请填写现行证照上的 18 位代码") \
X(111, USCC_AMBIGUOUS, PRECONDITION, "this code is also a well-formed resident identity number", "该代码同时符合居民身份证号码规则", "an enrolment with base-register evidence is needed", "须凭登记机关基础信息证明入库") \
/* 200.. model */ \
X(200, MALFORMED, INVALID, "the message cannot be decoded", "报文无法解析", "send the protobuf message that the contract names", "请按接口规范发送 protobuf 报文") \
X(201, NOT_CANONICAL, INVALID, "the bytes are not the canonical encoding of what they say", "不是规范编码", "encode each field once, in order, without default values", "请按字段顺序编码，每个字段一次，不写默认值") \
X(202, UNKNOWN_FIELD, INVALID, "there is a field that this version does not know", "含有本版本不认识的字段", "use the proto files of this registry's version", "请使用与本系统版本一致的接口文件") \
X(203, FIELD_MISSING, INVALID, "a required field is missing", "缺少必填项", "fill in the field named", "请填写所列项目") \
X(204, FIELD_TOO_LONG, INVALID, "a field is longer than allowed", "字段超长", "shorten it to the limit named", "请按所列上限缩短") \
X(205, FIELD_SIZE, INVALID, "a field has not the size that it must have", "字段长度不符", "give exactly the size named", "请按所列长度填写") \
X(206, FIELD_RANGE, INVALID, "a value is outside its range", "数值超出范围", "give a value within the limits named", "请按所列范围填写") \
X(207, ACT_KIND, INVALID, "there is no act of this kind, or none was chosen", "未选择公务文书种类或种类不存在", "choose one of the kinds in the contract", "请选择接口规范中的一种") \
X(208, PERSONAL_ID, INVALID, "the text contains a resident identity number", "文本含有居民身份证号码", "remove the number; natural persons are not recorded", "请删除该号码；本系统不记录自然人") \
X(209, PERSONAL_PHONE, INVALID, "the text contains what looks like a telephone number", "文本含有疑似电话号码", "remove the number; if it is a document number, put it into the field for it", "请删除该号码；如为文书编号，请填入编号字段") \
X(210, NATURAL_PERSON, INVALID, "the party is a natural person; natural persons are not recorded", "行政相对人为自然人；本系统不记录自然人", "leave this row out", "请勿报送此行") \
X(211, MANIFEST_COUNT, INVALID, "the manifest counts other acts than are there", "清单份数与实际不符", "sign a manifest over exactly the acts sent, 1 to 1000", "请对实际报送的 1 至 1000 份重新签名") \
X(212, MANIFEST_ROOT, INVALID, "the acts and openings do not give the manifest's root", "公务文书与开启值同清单根不符", "send the bytes that were sealed, in their order", "请按封装时的字节和顺序报送") \
X(213, MANIFEST_ORIGIN, PRECONDITION, "the filing is made out to another registry", "报送对象不是本登记系统", "sign for the origin of this registry", "请按本系统标识重新签名") \
X(214, MANIFEST_EXPIRED, PRECONDITION, "the filing's not_after has passed", "报送已过有效期", "sign it again", "请重新签名") \
X(215, MANIFEST_LIFETIME, INVALID, "a filing may be valid for at most seven days after created_at", "报送有效期最长为签署后七日", "sign again with a shorter life", "请缩短有效期后重新签名") \
X(216, MANIFEST_FUTURE, PRECONDITION, "created_at lies in the future", "签署时间晚于当前时间", "set the clock of the signing machine", "请校准签名设备的时钟") \
X(217, SIGNATURE_INVALID, UNAUTHENTICATED, "the signature does not verify", "签名验证不通过", "sign the manifest bytes with the key that key_id names", "请用所示密钥对清单重新签名") \
X(218, KEY_WEAK, INVALID, "this is not an acceptable Ed25519 public key", "不是可接受的 Ed25519 公钥", "make a new key pair", "请重新生成密钥") \
X(219, SUITE_UNKNOWN, UNSUPPORTED, "this signature suite is not known", "签名算法套件未知", "use suite 1 (Ed25519, SHA-256)", "请使用套件 1（Ed25519、SHA-256）") \
X(220, ATTACHMENT, INVALID, "the attachment is not the one that the act names by digest", "附件与公务文书所列摘要不符", "attach the bytes whose SHA-256 the act carries", "请附上与摘要一致的文件") \
X(221, RESOURCE_NAME, INVALID, "the resource name has not the form that this method takes", "资源名称格式不符", "write it as the method's documentation shows", "请按接口说明书写") \
X(222, KEY_FILE, INVALID, "the key file is not one of ours or is damaged", "密钥文件格式不符或已损坏", "use a file made by 'credctl key generate'", "请使用 credctl key generate 生成的文件") \
X(223, FIELD_SPACE, INVALID, "the text begins or ends with white space", "文本首尾有空白字符", "remove the white space before and after it", "请删除首尾空白") \
X(224, FIELD_FORM, INVALID, "the value has not the form that this field asks for", "填写格式不符", "write it in the form named", "请按所列格式填写") \
/* 300.. rules */ \
X(300, AUTHORITY_UNKNOWN, DENIED, "this authority is not enrolled", "该机关未登记", "ask the root authority to enrol it", "请联系根管理机关办理登记") \
X(301, KEY_UNKNOWN, UNAUTHENTICATED, "this key is not enrolled for this authority", "该密钥未为该机关登记", "enrol the key or sign with an enrolled one", "请登记该密钥，或使用已登记的密钥") \
X(302, KEY_REVOKED, UNAUTHENTICATED, "this key is revoked", "该密钥已吊销", "sign with a key in force", "请使用有效密钥签名") \
X(303, NOT_GRANTED, DENIED, "this authority has no grant for this act", "该机关无权作出此项", "ask the root authority for the grant, or let the competent office file it", "请申请授权，或由有权机关报送") \
X(304, ENTITY_UNKNOWN, PRECONDITION, "this entity is not enrolled", "该信用主体未登记", "enrol it from the base register first", "请先从基础登记信息入库") \
X(305, ENTITY_EXISTS, EXISTS, "this entity is enrolled already", "该信用主体已登记", "nothing needs to be done", "无需重复登记") \
X(306, ENTITY_CATEGORY, PRECONDITION, "the rule does not apply to entities of this category", "该规则不适用于此类主体", "check the list's object in the rule book", "请核对规则库中该名单的适用对象") \
X(307, RECORD_UNKNOWN, PRECONDITION, "there is no such record of this entity", "该主体无此信用记录", "check the record id", "请核对记录编号") \
X(308, RECORD_STATE, PRECONDITION, "the record is not in a state that allows this", "记录当前状态不允许此操作", "look at the record's state and history first", "请先查看记录状态和历史") \
X(309, LIST_UNKNOWN, PRECONDITION, "the rule book has no such list", "规则库中无此名单", "use the id of a list in the rule book in force", "请使用现行规则库中的名单编号") \
X(310, LIST_CLOSED, PRECONDITION, "the list's legal instrument is not in force on that date", "该名单的法律依据在该日期不生效", "no entry without a legal basis; check the instrument", "无法定依据不得列入，请核对依据") \
X(311, LEGAL_BASIS, PRECONDITION, "the act names no legal basis that the rule book knows for it", "所列依据不是规则库为此项规定的依据", "cite an instrument that the rule book gives for this item", "请引用规则库为此项列明的依据") \
X(312, PERIOD, PRECONDITION, "the period is outside what the rule book allows", "期限超出规则库规定范围", "give a date within the limits named", "请按所列范围填写日期") \
X(313, DATE_FUTURE, INVALID, "the decision's date lies in the future", "决定日期晚于今日", "give the date on the document", "请填写文书所载日期") \
X(314, ALREADY_LISTED, EXISTS, "the entity stands on this list already", "该主体已在此名单上", "remove or amend the existing listing instead", "请移出或变更现有列入记录") \
X(315, REASON_UNKNOWN, PRECONDITION, "the rule book has no such ground for this", "规则库未规定此事由", "choose a ground that the rule book gives", "请选择规则库列明的事由") \
X(316, NOT_THE_AUTHOR, DENIED, "only the authority that made the record may do this", "须由作出认定的机关办理", "let the deciding authority file it", "请由认定机关报送") \
X(317, RULE_BOOK_MISSING, PRECONDITION, "no rule book is in force", "尚无生效的规则库", "the root authority must adopt one first", "请根管理机关先行采用规则库") \
X(318, RULE_BOOK_SYNTAX, INVALID, "the rule book cannot be read", "规则库无法读取", "correct the line named", "请更正所列行") \
X(319, RULE_BOOK_VALUE, INVALID, "an item of the rule book is not allowed as it stands", "规则库条目不合规", "correct the item named", "请更正所列条目") \
X(320, RULE_BOOK_RANK, INVALID, "a rights-reducing item has no legal instrument of sufficient rank", "减损权益的条目缺少足够位阶的依据", "name a law, an administrative regulation or a decision of the centre", "请列明法律、行政法规或中央政策依据") \
X(321, RECORD_KIND, PRECONDITION, "the rule book does not allow records of this kind", "规则库未规定此类记录", "use a record kind of the rule book in force", "请使用现行规则库列明的记录种类") \
X(322, COMMITMENT_USED, EXISTS, "this sealed act was filed before", "该密封公务文书已报送过", "look up the first receipt; seal a new act with a new opening", "请查询原回执；新的文书须用新的开启值封装") \
X(323, AUTHORITY_EXISTS, EXISTS, "this authority is enrolled already", "该机关已登记", "nothing needs to be done", "无需重复登记") \
X(324, KEY_EXISTS, EXISTS, "this key is enrolled already", "该密钥已登记", "make a new key pair", "请生成新的密钥") \
X(325, GRANT_UNKNOWN, PRECONDITION, "there is no such grant", "无此授权", "look at the authority's grants", "请查看该机关的授权") \
X(326, FILING_REFUSED_WHOLE, PRECONDITION, "another act of this all-or-nothing filing was refused", "同批报送中另有文书被拒，整批不生效", "correct the act that was refused and file all again", "请更正被拒文书后整批重报") \
X(327, FOUNDING, PRECONDITION, "a registry is founded once, by its root authority, in its first act", "登记系统只能由根管理机关在首份文书中设立一次", "use 'credctl init' for a new registry", "新建系统请用 credctl init") \
X(328, SEVERITY, PRECONDITION, "the severity given is not the one that the rule book gives for these kinds of penalty", "所填失信程度与规则库按处罚类别确定的不一致", "leave the severity empty or correct the kinds of penalty", "请留空失信程度，或更正处罚类别") \
X(329, PROCEDURE_STATE, PRECONDITION, "the procedure is not at a point that allows this", "该程序当前环节不允许此操作", "look at where it stands; what is possible now is named", "请查看办理状态，当前可办事项已列出") \
X(330, LIMIT_MISSING, PRECONDITION, "the rule book gives no time limit for this step", "规则库未规定此环节的时限", "adopt a rule book that has it", "请采用含该时限的规则库") \
X(331, NOTICE_UNKNOWN, PRECONDITION, "there is no such notice to this entity", "该主体无此告知", "check the notice's id", "请核对告知编号") \
X(332, NOTICE_NEEDED, PRECONDITION, "this list asks for a notice and for the right to be heard before an entry", "该名单列入前须告知并听取陈述申辩", "serve a notice, wait for the end of the hearing period, and name it", "请先送达告知，待陈述申辩期满后再列入并填写告知编号") \
X(333, CONSENT_NEEDED, PRECONDITION, "an entry decided at this level needs the consent of the authority above", "该层级认定须经上级机关同意", "show the draft to the authority above; it files its consent to the draft's commitment", "请将草案报上级机关，由其就草案密封值报送同意") \
X(334, LEVEL, DENIED, "an authority of this level may not decide this", "该层级机关无权认定", "let an authority of a level that the rule book names decide", "请由规则库规定层级的机关认定") \
X(335, MEASURE_UNKNOWN, PRECONDITION, "there is no such measure", "无此措施", "use an item of the rule book's catalogue, or check the measure's id", "请使用措施目录内的编号，或核对措施编号") \
X(336, MEASURE_HARSHER, PRECONDITION, "the measure goes beyond what the catalogue allows", "措施超出目录允许的限度", "keep within the bound named", "请按所列限度调整") \
X(337, CASE_UNKNOWN, PRECONDITION, "there is no such case of this entity", "该主体无此案件", "check the case's id on the acceptance slip", "请核对受理回执上的案件编号") \
X(338, CASE_OPEN, EXISTS, "a case about this record is open already", "该记录已有在办案件", "wait for its end, or add to it", "请等待办结或在原案件中补充") \
X(339, CONDITION, PRECONDITION, "a condition that the rule book sets is not met", "未满足规则库规定的条件", "see the condition named", "请见所列条件") \
X(340, TASK_UNKNOWN, PRECONDITION, "this office has no such task", "该机关无此待办", "check the task's id", "请核对待办编号") \
X(341, DUPLICATE_DECISION, EXISTS, "this decision of this authority about this entity is recorded already", "该机关对该主体的同一决定已有记录", "look at the record named; correct it rather than file it again", "请查看所列记录，如有误请更正，勿重复报送") \
X(342, ENTITY_ENDED, PRECONDITION, "the entity is deregistered, or its code was given up", "该主体已注销或代码已停用", "use the successor's code, or a decision from before that day", "请使用承继主体代码，或核对决定日期") \
X(343, SUBSCRIPTION_UNKNOWN, PRECONDITION, "there is no such subscription or delivery", "无此订阅或送达", "check its id", "请核对编号") \
X(344, APPLICANT, PRECONDITION, "the application does not carry the applicant's own voice", "申请未附申请人签名或盖章申请表摘要", "give the digest of the sealed form, or a signature by a key enrolled for the entity", "请填写盖章申请表摘要，或以主体登记密钥签名") \
X(345, SUPERIOR, PRECONDITION, "this authority cannot stand above the other", "该机关不能作为其上级", "name an enrolled authority that does not stand below it", "请填写已登记且不属其下级的机关") \
X(346, GRADING_MISSING, PRECONDITION, "the rule book in force gives no grades", "现行规则库未规定信用分级", "adopt a rule book that has a grading section", "请采用含信用分级内容的规则库") \
X(347, KEY_COMPROMISED, EXISTS, "this key counts as compromised from that epoch on already", "该密钥自该批次起已按失密处理", "name an earlier epoch to have more reviewed", "如需扩大清查范围，请填写更早的批次") \
X(350, LOAD_ORDER, INVALID, "the rows of a load file must ascend by code, each code once", "入库文件各行须按代码升序排列且不得重复", "make the file with 'credctl entity load', which sorts it", "请用 credctl entity load 生成文件，它会自动排序") \
X(351, LOAD_OFFSET, PRECONDITION, "the load file is not staged up to there", "入库文件的已传位置不符", "go on from the size named", "请从所列位置继续") \
X(352, LOAD_STAGED, PRECONDITION, "no load file of this digest and number of rows is staged", "未找到与该摘要和行数一致的已传入库文件", "stage it whole, then file the act", "请先传完整文件，再报送") \
X(353, LOAD_EXISTS, EXISTS, "this load file was filed before", "该入库文件已报送过", "nothing needs to be done", "无需重复报送") \
X(354, LOAD_WAITING, UNAVAILABLE, "another load file waits for the next publication", "另有入库文件正待下次发布", "file it again after the publication", "请在下次发布后重新报送") \
X(355, TOKEN_FORM, INVALID, "this is no look-up token", "不是有效的查询码", "type it as it is printed on the acceptance slip: 26 letters and digits", "请按受理回执所印录入：26 位字母和数字") \
X(356, OWN_VOICE, DENIED, "neither the slip's token nor a key of the entity opens this", "查询码或主体密钥不符，不能查看", "use case id and token of one slip, or sign with a key enrolled for the entity, the clock set right", "请使用同一回执上的案件编号和查询码，或以主体登记密钥签名并校准时钟") \
X(357, PURPOSE, INVALID, "reading this needs a purpose, which is recorded and shown to the entity", "查询须填写用途；用途将留痕并向主体公开", "say in a few words what it is read for", "请简要填写查询用途") \
X(360, MEASURE_EXISTS, EXISTS, "this authority applies this measure because of this listing already", "该机关已因该列入采取此项措施", "look at the measure named; lift it, or give feedback on it", "请查看所列措施，予以解除或反馈") \
X(361, MEASURES_FULL, EXHAUSTED, "as many measures lean on this listing as one may carry", "因该列入采取的措施已达上限", "wait until another department has lifted one", "请待其他部门解除措施后再报送") \
X(362, ITEM_UNKNOWN, PRECONDITION, "the rule book has no such list or kind of record", "规则库中无此名单或记录种类", "use the id of a list or of a kind of record in the rule book in force", "请使用现行规则库中的名单或记录种类编号") \
X(363, SUBSCRIPTIONS_FULL, EXHAUSTED, "there are as many subscriptions as may be", "订阅数量已达上限", "end a subscription that is no longer needed, or ask a superior to pass news on", "请终止不再需要的订阅，或由上级机关转告") \
X(364, DELIVERY_DONE, EXISTS, "this delivery is acknowledged already", "该送达已确认", "nothing needs to be done", "无需重复确认") \
X(365, ACCESS_UNKNOWN, ABSENT, "there is no such record of a read", "没有此查询留痕", "nothing needs to be done: it may be erased already", "无需处理：可能已按期删除") \
/* 390.. erasure */ \
X(390, ERASED, ABSENT, "it was erased; the log keeps its sealed leaf and nothing of its content", "该内容已依法删除；日志仅保留其密封条目", "a receipt kept by its filer still proves that it was filed", "报送方保存的回执仍可证明其曾被报送") \
X(391, RECORD_PUBLISHED, PRECONDITION, "the record is still published", "该记录仍在公示", "end its publication first, or before the erasure in the same filing", "请先终止公示，或在同一报送中先行终止") \
X(392, RETENTION, PRECONDITION, "the record's retention period is not over", "该记录的保存期限未届满", "wait until the day named, or cite an order", "请于所列日期之后办理，或引用相应文书") \
/* 400.. log and proof */ \
X(400, NOTE_MALFORMED, INVALID, "this is not a signed note", "不是有效的签名文书", "copy the whole text again, with its last newline", "请连同末尾换行重新复制全文") \
X(401, NOTE_UNVERIFIED, INVALID, "no signature of the trusted key is on the note", "签名文书上没有受信密钥的签名", "check which registry's key you trust", "请核对所信任的登记系统公钥") \
X(402, NOTE_SIGNATURE, INVALID, "a signature of a trusted key on the note is false", "受信密钥的签名不成立", "do not rely on it; fetch it again", "请勿采信并重新获取") \
X(403, CHECKPOINT_MALFORMED, INVALID, "the note is not a checkpoint", "不是检查点", "fetch the checkpoint again", "请重新获取检查点") \
X(404, CHECKPOINT_ORIGIN, INVALID, "the checkpoint is of another log", "检查点属于另一日志", "check which registry's key you trust", "请核对所信任的登记系统公钥") \
X(405, PROOF_SHAPE, INVALID, "the proof has not the length that its position asks for", "证明长度与位置不符", "fetch the proof again", "请重新获取证明") \
X(406, PROOF_FALSE, INVALID, "the proof does not lead to the signed root", "证明与签名的根不符", "do not rely on it; fetch it again", "请勿采信并重新获取") \
X(407, LOG_INDEX, INVALID, "the log has no leaf at that index", "日志中无此序号", "give an index below the tree size", "请给出小于日志大小的序号") \
X(408, VKEY_MALFORMED, INVALID, "this is not a verifier key", "不是验证公钥", "copy the line that 'credctl key show' prints", "请复制 credctl key show 输出的整行") \
X(409, RECEIPT_MALFORMED, INVALID, "this is not a receipt", "不是有效回执", "use the file that credctl wrote", "请使用 credctl 写出的文件") \
X(410, RECEIPT_FALSE, INVALID, "the receipt does not prove what it claims", "回执不能证明其所称内容", "do not rely on it; ask the registry for the receipt again", "请勿采信，并向登记系统重新索取") \
X(411, MAP_PATH, INVALID, "the path of the map proof is malformed", "映射证明的路径格式不正确", "fetch the proof again", "请重新获取证明") \
X(412, PROOF_OLD, PRECONDITION, "the proof is true but too old to rely on", "证明属实，但已过时", "ask the registry for a new one", "请向登记系统重新索取") \
/* 430.. witnesses */ \
X(430, KEY_TYPE, INVALID, "this key is made for something else", "密钥用途不符", "a log's key signs checkpoints, a witness's key cosigns them; give the one that is asked for", "日志密钥用于签署检查点，见证密钥用于共签；请提供所要求的一种") \
X(431, COSIGNATURE, INVALID, "a cosignature is false", "共签不真实", "do not rely on it; fetch it again", "请勿采信并重新获取") \
X(432, POLICY_SYNTAX, INVALID, "the witness policy cannot be read", "见证策略无法读取", "correct the line named", "请更正所列行") \
X(433, QUORUM, PRECONDITION, "the proof is true, but too few of the policy's witnesses have cosigned it", "证明属实，但共签的见证方未达到策略要求", "ask for a newer proof; if it stays so, ask the registry why its witnesses are missing", "请重新索取证明；如仍不足，请向登记系统询问见证方缺失的原因") \
X(434, WITNESS_REQUEST, INVALID, "this is not an add-checkpoint request", "不是 add-checkpoint 请求", "send the old size, the proof, an empty line and the checkpoint", "请依次提供旧大小、一致性证明、空行和检查点") \
X(440, SNAPSHOT_MALFORMED, INVALID, "this is not a whole snapshot", "不是完整的名单快照", "fetch it again with 'credctl snapshot get'", "请用 credctl snapshot get 重新获取") \
/* 500.. store */ \
X(500, STORE_FORMAT_NEWER, PRECONDITION, "the database was written by a newer version", "数据库由更新的版本写成", "run that version or a later one", "请运行该版本或更新版本") \
X(501, STORE_CORRUPT, DATA_LOSS, "the database is damaged", "数据库已损坏", "stop the daemon, run 'credctl fsck', restore from a backup", "请停止服务，运行 credctl fsck，并从备份恢复") \
X(502, STORE_FULL, INTERNAL, "the database's map is full", "数据库映射已满", "it grows by itself; report it if it does not", "系统会自动扩容；如未扩容请报告") \
X(503, STORE_READERS, EXHAUSTED, "too many readers at once", "并发读取过多", "try again later", "请稍后重试") \
X(504, STORE_NOT_OURS, PRECONDITION, "this is not a database of this registry", "不是本登记系统的数据库", "check the data directory in the configuration", "请检查配置中的数据目录") \
X(505, STORE_SUSPECT, UNAVAILABLE, "the disk did not take a commit; whether it is there is known only after the database is opened again", "磁盘未能完成一次提交，其是否生效须重新打开数据库才能确定", "the daemon stops by itself; check the disk, start it again, then send the same again", "服务会自行停止；请检查磁盘后重新启动，再原样重发") \
X(506, STORE_FORMAT_OLDER, PRECONDITION, "the database has a layout of an older version that this one does not read", "数据库为旧版布局，本版本无法读取", "the state: move its folder away, it is built again from the journal; the journal: run the version that wrote it", "状态库：移走其目录，将由日志重建；日志库：请运行写成它的版本") \
/* 600.. registry */ \
X(600, NOT_FOUNDED, PRECONDITION, "the registry has not been founded", "登记系统尚未设立", "run 'credctl init'", "请运行 credctl init") \
X(601, HEAD_AHEAD, PRECONDITION, "the signed head is ahead of the database: an old copy was restored", "签名头领先于数据库：可能恢复了旧备份", "bring back the newest copy, or a backup with 'credctl restore', which compares them; nothing is signed until then", "请恢复最新副本，或用 credctl restore 恢复备份（会自动比对）；在此之前不会签名") \
X(602, HEAD_FORK, PRECONDITION, "the signed head has the same size and another root: the database is a fork", "签名头与数据库大小相同而根不同：数据库已分叉", "find the database that belongs to this head; nothing is signed until then", "请找到与签名头对应的数据库；在此之前不会签名") \
X(603, ROOT_MISMATCH, PRECONDITION, "the root authority pinned in the configuration is not the one that founded this database", "配置中的根管理机关与设立本库的不一致", "check root and data directory in the configuration", "请检查配置中的根管理机关和数据目录") \
X(604, CLOCK_BACK, PRECONDITION, "the time given lies before the last epoch", "给定时间早于上一批次", "set the clock", "请校准时钟") \
X(605, STATUS_STALE, UNAVAILABLE, "the stored status is past its fresh_until and is being renewed", "所存信用状态已过有效时刻，正在更新", "ask again in a minute", "请一分钟后重试") \
X(606, REQUEST_ID_REUSED, EXISTS, "this request_id was used for another filing", "该 request_id 已用于另一报送", "use a new UUID for a new filing", "请为新的报送使用新的 UUID") \
X(607, STATE_DIVERGED, DATA_LOSS, "the state does not follow from the journal", "状态库与日志不一致", "stop the daemon and run 'credctl fsck'", "请停止服务并运行 credctl fsck") \
X(608, EPOCH_NOT_PUBLISHED, UNAVAILABLE, "the publication asked for is not there yet", "所要求的发布批次尚未完成", "ask again in a second", "请一秒后重试") \
X(609, ENTITY_NOT_ENROLLED, ABSENT, "this entity is not enrolled, which is not the same as clean", "该信用主体未登记；未登记不等于信用良好", "check the code; nothing is known of this entity here", "请核对代码；本系统对该主体一无所知") \
X(610, FOLDER_NOT_OURS, PRECONDITION, "the folder holds something else than this log", "该目录存放的不是本日志的文件", "give an empty folder, or the one that this registry publishes to", "请指定空目录，或本系统原先的发布目录") \
X(615, WATCH_TOO_OLD, PRECONDITION, "what changed since that position is kept no longer", "该位置之后的变更已不再保存", "read the statuses anew, then watch from the present", "请重新读取信用状态，再从当前位置订阅") \
X(616, WATCH_POSITION, INVALID, "this is not a position of a watch", "不是有效的订阅位置", "give the position of the last response", "请填写最后一次响应中的位置") \
X(640, WITNESS_AHEAD, PRECONDITION, "a witness has cosigned a larger log than this database holds: an old copy was restored", "见证方共签过的日志大于本数据库：可能恢复了旧备份", "restore the newest copy, or take the witness out of the policy if the error is its own; nothing is signed until then", "请恢复最新副本；如系见证方出错，请将其移出策略；此前不会签署任何内容") \
X(641, WITNESS_FORK, PRECONDITION, "a witness has cosigned another history than this database's: it is a fork", "见证方共签过的历史与本数据库不同：数据库已分叉", "find the database that continues what the witness saw, or take the witness out of the policy if the error is its own; nothing is signed until then", "请找到与见证方所见一致的数据库；如系见证方出错，请将其移出策略；此前不会签署任何内容") \
X(642, WITNESS_SILENT, UNAVAILABLE, "too few witnesses have answered", "应答的见证方不足", "see that they can be reached, or lower witnesses.needed_at_start", "请检查见证方是否可达，或调低 witnesses.needed_at_start") \
X(645, SNAPSHOT_ABSENT, ABSENT, "this registry has no such snapshot", "没有此名单快照", "ask for the newest one; a registry without publication.folder makes none", "请索取最新快照；未配置 publication.folder 时不生成快照") \
X(650, BACKUP_FALSE, DATA_LOSS, "the backup is not what its manifest says", "备份与其清单不符", "use another backup; destroy this one", "请使用其他备份，并销毁此备份") \
X(651, RESTORE_BEHIND, PRECONDITION, "the backup does not reach the last signed head, or no head file says how far the log was signed", "备份未达到最近签名头，或没有签名头文件表明日志已签到何处", "restore a newer backup; else ask witnesses and other copies for the newest checkpoint they have, see restore in credctl(1)", "请恢复更新的备份；否则须向见证方和其他副本索取其最新检查点，见 credctl(1)") \
X(652, RESTORE_SEEN, PRECONDITION, "a checkpoint seen elsewhere is ahead of the backup or contradicts it: signing from it would fork the log", "其他方持有的检查点领先于备份或与之矛盾：据此签名将使日志分叉", "find the copy that reaches that checkpoint", "请找到达到该检查点的副本") \
X(653, BACKUP_LAST, PRECONDITION, "every backup there is older than the last erasure", "该目录中所有备份均早于最近一次删除", "make a new one with 'credctl backup', then destroy these", "请先执行 credctl backup 制作新备份，再销毁这些备份") \
X(654, BACKUP_SEALED, PRECONDITION, "the backup is encrypted, and no key was given", "备份已加密，但未给出密钥", "give the private key that it was encrypted to with --key", "请用 --key 给出加密时所用公钥对应的私钥") \
X(655, BACKUP_KEY, PRECONDITION, "the backup was encrypted to another key", "备份是用另一把公钥加密的", "look for the private key whose public key was given when it was made", "请查找制作备份时所用公钥对应的私钥") \
/* 700.. daemon */ \
X(700, CONFIG_SYNTAX, INVALID, "the configuration cannot be read", "配置无法读取", "correct the line named", "请更正所列行") \
X(701, CONFIG_UNKNOWN, INVALID, "there is no such setting", "没有此配置项", "see 'credd --help-config'", "请见 credd --help-config") \
X(702, CONFIG_VALUE, INVALID, "a setting has a value that is not allowed", "配置值不允许", "give a value within the limits named", "请按所列范围填写") \
X(703, QUEUE_FULL, EXHAUSTED, "the registry is busy; nothing was changed", "系统繁忙，未作任何更改", "send the same again after the delay named", "请在所示间隔后原样重发") \
X(704, SHUTTING_DOWN, UNAVAILABLE, "the daemon is stopping", "服务正在停止", "send the same again to the restarted daemon", "请在服务重启后原样重发") \
X(705, PEER_ROLE, DENIED, "this connection's identity may not call this method", "当前连接身份无权调用此方法", "connect with the certificate of an entitled authority", "请使用有权机关的证书连接") \
X(706, METHOD_UNKNOWN, UNSUPPORTED, "there is no such method", "没有此方法", "list the services by reflection", "请通过反射查询服务列表") \
X(707, DEADLINE, CANCELLED, "the caller's deadline has passed", "已超过调用时限", "allow more time; the same filing may be sent again safely", "请放宽时限；同一报送可安全重发") \
X(708, KEY_EXPOSED, DENIED, "the private key file may be read or written by others", "私钥文件可被他人读写", "chmod 600 the file; if others could have read it, make a new key", "请执行 chmod 600；如可能已泄露，请更换密钥") \
X(709, FILES_LIMIT, EXHAUSTED, "the system allows too few open files", "系统允许打开的文件数不足", "raise the limit (LimitNOFILE, ulimit -n) or lower limits.connections", "请调高 LimitNOFILE（ulimit -n），或调低 limits.connections") \
X(710, RATE, EXHAUSTED, "this peer has called too often; the quota is named", "调用过于频繁，已超出所列配额", "wait for the delay named; ask for less, or for batches and streams instead of single calls", "请在所示间隔后重试；请减少调用，或改用批量、流式接口") \
X(720, MEMORY_LIMIT, EXHAUSTED, "the system allows less memory than the configuration may need", "系统允许的内存少于配置可能需要的", "raise the limit (MemoryMax, ulimit -d) or lower limits.queue_bytes, limits.connections and limits.calls", "请调高 MemoryMax（ulimit -d），或调低 limits.queue_bytes、limits.connections 和 limits.calls") \
/* 800.. tools */ \
X(800, USAGE, INVALID, "wrong usage", "用法错误", "see --help", "请见 --help") \
X(801, UNREACHABLE, UNAVAILABLE, "the daemon cannot be reached", "无法连接服务", "check the address and that credd is running", "请检查地址及 credd 是否运行") \
X(802, CSV_SYNTAX, INVALID, "the row is not well-formed CSV", "该行不是有效的 CSV", "check the quotation marks in this row", "请检查该行引号") \
X(803, CSV_HEADING, INVALID, "a heading is missing, unknown or doubled", "表头缺失、未知或重复", "use the CF_ codes or the Chinese headings of the penalty format", "请使用 CF_ 代码或行政处罚公示的中文表头") \
X(804, CSV_EXCEL_NUMBER, INVALID, "the cell was turned into a number by a spreadsheet", "该单元格已被电子表格转成数字", "format the column as text and enter the value again", "请将该列设为文本格式后重新录入") \
X(805, CSV_ENCODING, INVALID, "the file is neither UTF-8 nor GB18030", "文件编码既非 UTF-8 也非 GB18030", "save the file as CSV UTF-8", "请另存为 CSV UTF-8") \
X(806, CSV_VALUE, INVALID, "the cell's value is not allowed", "单元格的值不允许", "correct the cell named", "请更正所列单元格") \
/* 900.. audit */ \
X(900, DELTAS_PRUNED, ABSENT, "the delta of this publication is no longer kept", "该次发布的增量数据已超过保存期", "go on from a folder that has audited up to there, your own or a copy of another auditor's", "请沿用已审计至该处的目录，或另一审计机关该目录的副本") \
X(901, DELTA_ORDER, INVALID, "the delta does not go on where the one before ended", "增量数据与此前的不相衔接", "show this to the operator and to the other auditors", "请向运营方和其他审计机关出示") \
X(902, AUDIT_MANIFEST, INVALID, "a recorded filing is not what its issuer signed", "所记录的报送与签名机关签署的不一致", "ask the issuer for its receipt and compare", "请向签名机关索取回执比对") \
X(903, AUDIT_KEY, INVALID, "a recorded filing is not signed by a key that was enrolled for its issuer in that epoch", "所记录的报送并非由该批次时已登记的密钥签署", "ask the issuer whether it filed this", "请向签名机关核实是否报送") \
X(904, AUDIT_ANSWERS, INVALID, "the acts of a recorded filing are not each either in force or refused with a signature", "所记录报送的文书未逐份受理或签名拒收", "ask the issuer for its receipt and compare", "请向签名机关索取回执比对") \
X(905, AUDIT_COMMITMENT, INVALID, "a recorded act is not the one that was sealed", "所记录的文书与密封值不符", "ask the issuer for its receipt and compare", "请向签名机关索取回执比对") \
X(906, AUDIT_LEAF, INVALID, "a recorded act is not what the log says at its index", "所记录的文书与日志该序号的条目不符", "keep both; the log is signed", "请保存双方数据，日志有签名为证") \
X(907, AUDIT_ROOT, INVALID, "the leaves do not give the root that the registry signed", "日志条目与登记系统签名的根不符", "keep the checkpoint; it is signed", "请保存检查点，其有签名为证") \
X(908, AUDIT_ACT, INVALID, "the registry accepted an act that the rules refuse", "登记系统受理了规则应拒收的文书", "compare with the rule book in force on that day", "请与当日现行规则库比对") \
X(909, AUDIT_EFFECTS, INVALID, "the recorded effects are not those that the rules give", "所记录的效果与规则得出的不一致", "compare with the rule book in force on that day", "请与当日现行规则库比对") \
X(910, AUDIT_STATUS, INVALID, "the publication itself changed a status", "发布本身更改了信用状态", "only acts may change a status; show this to the operator", "仅文书可更改信用状态，请向运营方出示") \
X(911, AUDIT_MAP, INVALID, "the statuses do not give the map root that was published", "信用状态与所发布的映射根不符", "keep the checkpoint; it is signed", "请保存检查点，其有签名为证") \
X(912, AUDIT_FORK, INVALID, "the log shown now does not continue the one that was audited", "当前日志并非所审计日志的延续", "keep both checkpoints; together they prove two faces", "请保存两个检查点，二者即为两套日志的证据") \
X(913, AUDIT_STANDS_ON_LIE, INVALID, "the publication builds on one that was found false", "该次发布以已查明不实的发布为基础", "nothing is cosigned from there on; begin a new folder once it is mended", "此后不再共签；纠正后请另建目录重新审计") \
X(914, AUDITOR_KEY, DENIED, "this is not the key of an auditor with a grant in force", "这不是有效授权的审计机关的密钥", "name the key <code>/audit for the authority, and connect as that authority", "密钥名称应为“机关代码/audit”，并以该机关身份连接") \
X(915, DEPARTMENT_UNSIGNED, INVALID, "a listing is not shown to be signed by its department", "未能证明该名单记录由认定机关签署", "ask the department or the entity for the receipt of the act at the leaf named", "请向认定机关或主体索取所列日志序号的回执")
/* clang-format on */

/* In receipts and on the wire: never renumber. */
enum credit_error {
#define CREDIT_ERROR_ENUM(number, name, class_, en, zh, ren, rzh) CREDIT_E_##name = number,
	CREDIT_ERROR_LIST(CREDIT_ERROR_ENUM)
#undef CREDIT_ERROR_ENUM
};
#define CREDIT_OK CREDIT_E_OK

enum credit_lang {
	CREDIT_LANG_EN,
	CREDIT_LANG_ZH
};

/* The stable name, e.g. "USCC_LENGTH"; "UNKNOWN" for a number that is in no row. */
CREDIT_API const char *credit_error_name(enum credit_error error);

CREDIT_API enum credit_error_class credit_error_class(enum credit_error error);

/* The sentence, and what to do next ("" where there is nothing to do). */
CREDIT_API const char *credit_error_text(enum credit_error error, enum credit_lang lang);
CREDIT_API const char *credit_error_remedy(enum credit_error error, enum credit_lang lang);

#define CREDIT_FIELD_PATH_MAX 96
#define CREDIT_RULE_MAX 96
#define CREDIT_DETAIL_MAX 160
#define CREDIT_PROBLEM_TEXT_MAX 1024

/* One refusal, in full. Fixed size, so that a refusal never needs memory.
 * Strings are NUL-terminated UTF-8 and cut at a character boundary when too long. */
struct credit_problem {
	enum credit_error error;
	uint32_t position;                 /* 1-based character in the field; 0: the whole field */
	char field[CREDIT_FIELD_PATH_MAX]; /* e.g. "acts[3].penalty.fact"; "" when none */
	char rule
		[CREDIT_RULE_MAX]; /* e.g. "GB 32100-2015 5.2", "cn-2026 black.market-serious"; "" */
	char detail[CREDIT_DETAIL_MAX]; /* the value or limit, e.g. "at most 128"; "" */
};

/* Fills `problem` (which may be NULL) and returns `error`, so that a refusal is one line:
 *     return credit_problem_set(problem, CREDIT_E_PERIOD, "end_date", item, "at most %d days", n);
 * `field`, `rule` and `detail` may be NULL. Position is set to 0. */
CREDIT_API enum credit_error credit_problem_set(struct credit_problem *problem,
	enum credit_error error, const char *field, const char *rule, const char *detail, ...)
	__attribute__((format(printf, 5, 6)));

/* Puts `prefix` before the field path ("acts[3]." + "penalty.fact"). NULL problem: no effect. */
CREDIT_API void credit_problem_prefix(struct credit_problem *problem, const char *prefix);

/* The whole sentence in one language: field, position, what is wrong, detail, rule, remedy.
 * Writes at most `size` bytes with the final NUL (CREDIT_PROBLEM_TEXT_MAX always suffices).
 * Returns `text`. */
CREDIT_API const char *credit_problem_text(
	const struct credit_problem *problem, enum credit_lang lang, char *text, size_t size);

#endif
