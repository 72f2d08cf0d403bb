//! Texts of the page of a product's marks.

use crate::catalogue;

catalogue! {
    /// Texts of the page of a product's marks.
    pub struct MarkPageTexts {
        title { zh: "防复制标记", en: "Marks against copying" }
        line { zh: "普通编码可以复制。这里登记这个产品的每件商品另外带有什么，以及查询时怎样核对。", en: "A plain code can be copied. Say what every item of this product carries besides, and how it is checked." }
        off { zh: "这台服务器没有配置标记的密钥。请让运维人员在配置中加上 [marks]。", en: "This server has no keys of marks. Its operator adds [marks] to its configuration." }
        carries { zh: "每件商品带有", en: "Every item carries" }
        k_pin { zh: "涂层密码", en: "Covered PIN" }
        k_nfc { zh: "NFC 标签（NTAG 424 DNA）", en: "NFC tag (NTAG 424 DNA)" }
        k_rfid { zh: "RFID 芯片号", en: "Number of an RFID chip" }
        k_hologram { zh: "全息图问答", en: "Questions about the hologram" }
        k_score { zh: "防复印图案评分", en: "Score of a copy-detection pattern" }
        k_other { zh: "其他标记", en: "Another mark" }
        n_none { zh: "没有", en: "No" }
        n_optional { zh: "有，可不核对", en: "Yes, checking it helps" }
        n_required { zh: "有，必须核对", en: "Yes, it has to be checked" }
        save { zh: "保存", en: "Save" }
        counts { zh: "已登记与核对结果", en: "On record, and what checks found" }
        h_kind { zh: "标记", en: "Mark" }
        h_items { zh: "已登记件数", en: "Items on record" }
        h_good { zh: "相符", en: "Fits" }
        h_bad { zh: "不符", en: "Does not fit" }
        h_open { zh: "无法判断", en: "Cannot be said" }
        counts_hint { zh: "最近 5,000 次核对。", en: "Of the newest 5,000 checks." }
        table_title { zh: "登记标记", en: "Put marks on record" }
        table_hint { zh: "CSV 或 XLSX，最多 2,000 行；首行为列名：{columns}。可重复上传，已登记的不会改变。", en: "CSV or XLSX, at most 2,000 rows; columns: {columns}. Uploading again is harmless; what is there stays." }
        table_kind { zh: "标记", en: "Mark" }
        table_file { zh: "文件", en: "File" }
        table_missing { zh: "请选择文件", en: "Choose a file" }
        table_go { zh: "上传", en: "Upload" }
        told { zh: "读取 {rows} 行：新登记 {stored}，原已登记 {already}，未登记 {faults}。", en: "{rows} rows: {stored} put on record, {already} were there, {faults} not taken." }
        h_row { zh: "行", en: "Row" }
        h_serial { zh: "序列号", en: "Serial" }
        h_why { zh: "原因", en: "Why" }
        pins_hint { zh: "涂层密码由这里生成：在批次页的订单处下载。", en: "PINs are made here: download them with the order, on the page of the batch." }
        holo_title { zh: "全息图问答", en: "Questions about the hologram" }
        holo_text { zh: "问题与选项", en: "Questions and answers" }
        holo_hint { zh: "每行一项，中文 | 英文。? 问题，+ 正确答案，- 其他答案。2 至 12 个问题。清空即取消。", en: "One a line, Chinese | English. ? is a question, + its right answer, - another one. 2 to 12 questions; none takes them away." }
        holo_enough { zh: "答对多少题算相符", en: "Right answers that are enough" }
        holo_enough_hint { zh: "超过一半", en: "More than half of the questions" }
        holo_worth { zh: "问答只能发现粗糙的仿制品，不能证明商品。", en: "Answers find crude copies; they prove nothing about the goods." }
        f_sign { zh: "第 {n} 行：应以 ?、+ 或 - 开头", en: "Line {n}: it begins with ?, + or -" }
        f_languages { zh: "第 {n} 行：应为 中文 | 英文", en: "Line {n}: expected Chinese | English" }
        f_no_question { zh: "第 {n} 行：答案之前没有问题", en: "Line {n}: an answer without a question" }
        f_two_right { zh: "第 {n} 行：一个问题只有一个正确答案", en: "Line {n}: a second right answer" }
        f_no_right { zh: "第 {n} 行：这个问题没有正确答案", en: "Line {n}: this question has no right answer" }
    }
}
