//! Texts of products, batches, code orders and labels.

use crate::catalogue;

catalogue! {
    /// Texts of the product pages.
    pub struct ProductTexts {
        title { zh: "产品", en: "Products" }
        line_none { zh: "还没有产品", en: "No products yet" }
        line_one { zh: "本页 {n} 个产品。", en: "{n} product on this page." }
        line { zh: "本页 {n} 个产品。", en: "{n} products on this page." }
        register { zh: "登记产品", en: "Register product" }
        empty { zh: "先登记一个产品，再登记它的批次。", en: "Register your first product; its batches come next." }
        product { zh: "产品", en: "Product" }
        gtin { zh: "GTIN", en: "GTIN" }
        gtin_hint { zh: "8、12、13 或 14 位数字，含校验位", en: "8, 12, 13 or 14 digits with the check digit" }
        detail { zh: "规格", en: "Strength and pack size" }
        detail_hint { zh: "例如 100 ml", en: "For example 100 ml" }
        approval { zh: "批准文号", en: "Marketing approval number" }
        hotline { zh: "免费召回热线", en: "Free line for recalls" }
        hotline_hint { zh: "召回时消费者拨打的电话", en: "What shoppers call when a lot is recalled" }
        name_en { zh: "英文名称", en: "Name in English" }
        name_zh { zh: "中文名称", en: "Name in Chinese" }
        kind { zh: "类别", en: "Kind" }
        medicine { zh: "药品", en: "Medicine" }
        food { zh: "食品", en: "Food" }
        new_title { zh: "登记产品", en: "Register a product" }
        new_line { zh: "登记会写入联盟链，所有成员可见，不能删除。", en: "This is written to the chain, seen by all members, and cannot be deleted." }
        add_batch { zh: "登记批次", en: "Register batch" }
        marks { zh: "标记", en: "Marks" }
        rule { zh: "编码规则", en: "Code rule" }
    }
}

catalogue! {
    /// Texts of the lines' pages.
    pub struct LineTexts {
        title { zh: "产线", en: "Lines" }
        line { zh: "本页 {n} 台设备为您的产线签名。", en: "{n} devices on this page sign for your lines." }
        line_one { zh: "本页 {n} 台设备为您的产线签名。", en: "{n} device on this page signs for your lines." }
        register { zh: "登记设备", en: "Register device" }
        empty_title { zh: "还没有设备", en: "No devices yet" }
        empty { zh: "产线网关登记后，扫描读数才能写入联盟链。先在网关上运行 device-gateway keygen，再在这里登记它打印的公钥。", en: "A line's reads reach the chain once its gateway is registered. Run device-gateway keygen on the gateway, then register the public key that it prints." }
        no_place { zh: "未注明产线", en: "Line not named" }
        st_active { zh: "使用中", en: "In service" }
        st_silent { zh: "尚未上报", en: "Nothing sent yet" }
        st_waits { zh: "尚未生效", en: "Not in force yet" }
        st_revoked { zh: "已停用", en: "Out of service" }
        last { zh: "{age} 前签名，区块 {n}", en: "Last signed {age} ago, block {n}" }
        never { zh: "还没有签过名", en: "Has not signed yet" }
        silent_note { zh: "请启动网关，并核对其配置中的密钥就是这一把。", en: "Start the gateway, and check that its configuration names this key." }
        revoked_note { zh: "自区块 {n} 起，这把密钥的签名不再有效，由成员投票决定。请在网关上新建密钥并重新登记。", en: "From block {n} on nothing that this key signs counts, by a vote of the members. Make a new key on the gateway and register it." }
        sent { zh: "已上链操作", en: "On the chain" }
        registered { zh: "登记", en: "Registered" }
        key { zh: "公钥", en: "Public key" }
        new_title { zh: "登记设备", en: "Register a device" }
        new_line { zh: "登记会写入联盟链，所有成员可见。停用设备须由成员投票。", en: "This is written to the chain and seen by all members. Taking a device out of service is a vote." }
        f_line { zh: "产线", en: "Line" }
        line_hint { zh: "例如 2 号线", en: "For example line 2" }
        f_site { zh: "厂区", en: "Site" }
        place_hint { zh: "例如 西安；不含英文逗号，最多 {n} 字节", en: "For example Xi'an; no comma, at most {n} bytes" }
        f_key { zh: "设备公钥", en: "Public key of the device" }
        key_hint { zh: "64 位小写十六进制，由 device-gateway keygen 打印。私钥留在设备上，不要填在这里。", en: "64 lower-case hexadecimal digits, as device-gateway keygen prints them. The secret key stays on the device; never enter it here." }
    }
}

catalogue! {
    /// Texts of the batch list and of registering a batch.
    pub struct BatchTexts {
        title { zh: "批次", en: "Batches" }
        line { zh: "本页 {n} 个批次。", en: "{n} batches on this page." }
        line_one { zh: "本页 {n} 个批次。", en: "{n} batch on this page." }
        need_you { zh: "{n} 个需要处理。", en: "{n} to look at." }
        register { zh: "登记批次", en: "Register batch" }
        empty_title { zh: "还没有批次", en: "No batches yet" }
        empty { zh: "登记第一个批次，然后订购编码。约十分钟即可印出第一张标签。", en: "Register your first batch, then order its codes. It takes about ten minutes to the first printed label." }
        lot { zh: "批号", en: "Lot" }
        product { zh: "产品", en: "Product" }
        state { zh: "状态", en: "State" }
        packs { zh: "计划数量", en: "Packs" }
        made { zh: "生产日期", en: "Made" }
        expiry { zh: "有效期至", en: "Expiry" }
        st_registered { zh: "已登记", en: "Registered" }
        st_coding { zh: "正在生成编码", en: "Codes being made" }
        st_coding_at { zh: "正在生成编码，{n}%", en: "Codes being made, {n} %" }
        st_coded { zh: "编码就绪", en: "Codes ready" }
        st_sealed { zh: "已封批", en: "Sealed" }
        st_shipped { zh: "已发货", en: "Shipped" }
        st_recalled { zh: "已召回", en: "Recalled" }
        st_failed { zh: "生成编码失败", en: "Codes failed" }
        new_title { zh: "登记批次", en: "Register a batch" }
        new_line { zh: "批号和日期会写入联盟链，不能修改。数量只有您的机构可见。", en: "Lot and dates are written to the chain and cannot be changed. The quantity stays with you." }
        no_products { zh: "还没有产品。请先登记产品。", en: "There is no product yet. Register one first." }
        lot_hint { zh: "1 至 20 个字符，与包装印刷一致", en: "1 to 20 characters, as printed on the pack" }
        made_hint { zh: "年-月-日", en: "Year-month-day" }
        expiry_hint { zh: "年-月-日，或年-月", en: "Year-month-day, or year-month" }
        quantity { zh: "计划数量（盒）", en: "Planned packs" }
    }
}

catalogue! {
    /// Texts of one batch: order, counts, stages, facts, labels.
    pub struct OneBatchTexts {
        lot { zh: "批号 ", en: "Lot " }
        trace { zh: "追溯", en: "Trace" }
        making { zh: "正在生成 {n} 个编码", en: "Making {n} codes" }
        waiting { zh: "{n} 个编码等待生成", en: "{n} codes wait to be made" }
        made { zh: "已生成 · {n}%", en: "made · {n} %" }
        left { zh: "约剩 {span}", en: "About {span} left" }
        rate { zh: "每秒 {n} 个", en: "at {n} per second" }
        order { zh: "订单 ", en: "Order " }
        close { zh: "可以关闭本页。重启后订单从中断处继续，不缺号、不重号。", en: "You can close this page. After a restart the order continues where it stopped, without gaps or repeats." }
        stopped_asking { zh: "本页已停止自动更新。重新载入即可看到最新数字。", en: "This page has stopped asking. Load it again for the newest number." }
        cancel { zh: "取消订单", en: "Cancel order" }
        cancel_keeps { zh: "已生成的 {n} 个编码保留。", en: "Keeps the {n} codes made so far." }
        cancel_ask { zh: "确定取消？还有 {rest} 个编码不再生成，已生成的 {n} 个保留。", en: "Cancel this order? {rest} codes will not be made. The {n} made so far stay." }
        cancel_yes { zh: "取消订单，少 {rest} 个编码", en: "Cancel, {rest} codes fewer" }
        cancel_no { zh: "继续生成", en: "Keep making codes" }
        codes { zh: "编码", en: "Codes" }
        stands { zh: "批次进度", en: "Where this batch stands" }
        codes_stage { zh: "编码", en: "Codes" }
        facts { zh: "登记信息", en: "Facts" }
        maker { zh: "生产企业", en: "Maker" }
        quantity { zh: "计划数量", en: "Planned packs" }
        order_title { zh: "订购编码", en: "Order codes" }
        order_count { zh: "编码数量", en: "Codes" }
        order_hint { zh: "1 至 {n}；建议比计划数量多留余量供剔除", en: "1 to {n}; order a few more than the packs, for rejects" }
        order_labels { zh: "标签", en: "Labels" }
        order_plain { zh: "不签名", en: "Without a signature" }
        order_signed { zh: "带签名，无网络也能核验", en: "Signed, to be checked without a network" }
        order_signed_hint { zh: "签名证明编码由贵公司签发，不防复制。二维码更密，需要较大的标签；签名只在二维码中。", en: "A signature proves that your company issued the code; it stops no copying. The QR code gets denser and needs a larger label. Only the QR code carries it." }
        labels_signed { zh: "二维码带有签名。", en: "Their QR codes are signed." }
        order_go { zh: "订购编码", en: "Order codes" }
        sealed_no_order { zh: "批次已封，不能再订购编码。", en: "This batch is sealed; no more codes can be ordered." }
        orders { zh: "编码订单", en: "Code orders" }
        ordered { zh: "订购", en: "Ordered" }
        of { zh: "{n} / {m}", en: "{n} of {m}" }
        o_queued { zh: "等待", en: "Waiting" }
        o_running { zh: "进行中", en: "Running" }
        o_done { zh: "完成", en: "Done" }
        o_cancelled { zh: "已取消", en: "Cancelled" }
        o_failed { zh: "失败", en: "Failed" }
        labels { zh: "标签", en: "Labels" }
        labels_line { zh: "订单 {id}，{n} 个编码。每次下载都有记录。", en: "Order {id}, {n} codes. Each download is logged." }
        csv { zh: "下载 CSV", en: "Download CSV" }
        pdf { zh: "下载 PDF", en: "Download PDF" }
        zpl { zh: "下载 ZPL", en: "Download ZPL" }
        preview { zh: "预览第一张", en: "Look at the first" }
        stock { zh: "标签尺寸（毫米）", en: "Label in mm" }
        dpi { zh: "打印机分辨率（dpi）", en: "Printer, dpi" }
        carrier { zh: "条码", en: "Code" }
        zpl_hint { zh: "ZPL 直接发给标签打印机；预览与打印逐点一致。", en: "ZPL goes to a label printer as it is; the preview is what it prints, dot for dot." }
        first { zh: "从第几个编码开始（首个为 0）", en: "First code, counted from 0" }
        count { zh: "张数", en: "Labels" }
        count_hint { zh: "每个 PDF 最多 {n} 张。", en: "At most {n} in one PDF." }
        ruler { zh: "请先量第一页的标尺，应为 50 mm。", en: "Measure the ruler on the first sheet: it must be exactly 50 mm." }
    }
}
