//! The texts about reading a code with the camera.

use crate::catalogue;

catalogue! {
    /// Texts about reading a code with the camera.
    pub struct CameraTexts {
        title { zh: "用相机扫码", en: "Scan with the camera" }
        text { zh: "点按后才会打开相机。画面不会离开您的{d}。", en: "The camera opens only when you tap. Its pictures do not leave your {d}." }
        button { zh: "打开相机", en: "Open the camera" }
        no { zh: "这个浏览器不能识别二维码。请用{d}自带的相机对准二维码，或手动输入编码。", en: "This browser cannot read codes. Point your {d}’s own camera app at the code, or type it." }
        denied { zh: "相机没有打开。请用{d}自带的相机对准二维码，或手动输入编码。", en: "The camera did not open. Point your {d}’s own camera app at the code, or type it." }
        none { zh: "一分钟内没有找到二维码。请靠近一些再试，或手动输入编码。", en: "No code was found within a minute. Try again closer to it, or type it." }
    }
}
