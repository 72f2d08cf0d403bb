//! The reference page as HTML. Everything that is not written here is escaped.

use crate::api::examples::{PARAMETERS, need};
use crate::auth::Need;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use tracelight_web_ui::catalogue;
use tracelight_web_ui::console::style;
use tracelight_web_ui::i18n::{Lang, fill};

catalogue! {
    /// Texts around the document, which is in English.
    pub struct DocsTexts {
        title { zh: "接口文档", en: "API reference" }
        line { zh: "为开发人员准备。说明文字为英文，与程序同步生成。", en: "Written by this server from its own routes." }
        before { zh: "先设置两个变量，下面的命令即可直接运行。密钥在控制台的“接口密钥”中生成。", en: "Set two variables, and the commands below run as they stand. A key comes from “API keys” in the console." }
        file { zh: "OpenAPI 3.1 文件", en: "OpenAPI 3.1 document" }
        keys { zh: "接口密钥", en: "API keys" }
        areas { zh: "目录", en: "Areas" }
        scope { zh: "需要权限 {scope}", en: "Needs the scope {scope}" }
        any_key { zh: "任何有效密钥", en: "Any good key" }
        person { zh: "仅限登录的人员，密钥不能调用", en: "For a person who is signed in; no key may" }
        gateway { zh: "需要网关令牌", en: "Needs the token of a gateway" }
        open { zh: "无需登录", en: "For everybody" }
        name { zh: "参数", en: "Parameter" }
        place { zh: "位置", en: "In" }
        what { zh: "说明", en: "What it is" }
        status { zh: "状态", en: "Status" }
        answer { zh: "应答", en: "Answer" }
        needed { zh: "必填", en: "required" }
    }
}

/// The page in a language.
pub(super) fn write(document: &Value, base: &str, lang: Lang) -> String {
    let t = DocsTexts::of(lang);
    let areas = by_area(document);
    let other = lang.other();
    let key = if other == Lang::Zh { "zh" } else { "en" };
    let mut out = format!(
        "<!DOCTYPE html><html lang=\"{}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>{} · Tracelight</title>\
         <link rel=\"stylesheet\" href=\"{}\"></head><body><div class=\"app bare\"><main id=\"main\" class=\"docs\">\
         <header class=\"head\"><div><h1>{}</h1><p class=\"line\">{}</p></div>\
         <div class=\"buttons\"><a class=\"b\" href=\"/docs/api?lang={key}\" lang=\"{}\">{}</a></div></header>",
        lang.tag(),
        t.title,
        style::path(),
        t.title,
        t.line,
        other.tag(),
        other.own_name(),
    );
    let set = format!("export TRACELIGHT={}\nexport TRACELIGHT_KEY=tl_…", quoted(base));
    push(
        &mut out,
        format_args!(
            "<section class=\"c\"><p>{}</p><pre><code>{}</code></pre><p><a href=\"/docs/api/openapi.json\">{}</a> · \
             <a href=\"/console/keys\">{}</a></p></section><nav class=\"c\" aria-label=\"{}\"><ul>",
            t.before,
            escape(&set),
            t.file,
            t.keys,
            t.areas
        ),
    );
    for area in areas.keys() {
        push(&mut out, format_args!("<li><a href=\"#{0}\">{0}</a></li>", escape(area)));
    }
    out.push_str("</ul></nav>");
    for (area, calls) in &areas {
        push(&mut out, format_args!("<h2 id=\"{0}\" lang=\"en\">{0}</h2>", escape(area)));
        for call in calls {
            section(&mut out, t, document, call);
        }
    }
    out.push_str("</main></div></body></html>");
    out
}

/// Writing into a text cannot fail.
fn push(out: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(what);
}

/// One call of the document.
struct Call<'d> {
    method: &'d str,
    path: &'d str,
    operation: &'d Value,
}

impl Call<'_> {
    /// Its whole path.
    fn full(&self) -> String {
        crate::api::called(self.path)
    }

    /// The content of its body: media type and example.
    fn body(&self) -> Option<(&str, &Value)> {
        let content = self.operation.pointer("/requestBody/content")?.as_object()?;
        let (media, content) = content.iter().next()?;
        Some((media, &content["example"]))
    }

    fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.operation["parameters"].as_array().into_iter().flatten()
    }
}

fn by_area(document: &Value) -> BTreeMap<&str, Vec<Call<'_>>> {
    let mut areas: BTreeMap<&str, Vec<Call<'_>>> = BTreeMap::new();
    for (path, methods) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in methods.as_object().into_iter().flatten().filter(|(key, _)| *key != "servers") {
            let area = operation["tags"][0].as_str().unwrap_or("other");
            areas.entry(area).or_default().push(Call { method, path, operation });
        }
    }
    areas
}

fn section(out: &mut String, t: &'static DocsTexts, document: &Value, call: &Call<'_>) {
    let text = |name: &str| call.operation[name].as_str().unwrap_or_default();
    push(
        out,
        format_args!(
            "<section class=\"c\" id=\"{}\"><h3><code>{} {}</code></h3><p lang=\"en\">{}</p><p class=\"soft\">{}</p>",
            escape(text("operationId")),
            call.method.to_uppercase(),
            escape(&call.full()),
            escape(&[text("summary"), text("description")].join(" ")),
            access(t, call)
        ),
    );
    if call.parameters().next().is_some() {
        push(
            out,
            format_args!(
                "<table class=\"t\"><thead><tr><th>{}</th><th>{}</th><th>{}</th></tr></thead><tbody lang=\"en\">",
                t.name, t.place, t.what
            ),
        );
        for parameter in call.parameters() {
            let field = |name: &str| escape(parameter[name].as_str().unwrap_or_default());
            let must = if parameter["required"] == true { format!(" ({})", t.needed) } else { String::new() };
            let row = (field("name"), field("in"), must, field("description"));
            push(
                out,
                format_args!("<tr><td><code>{}</code></td><td>{}{}</td><td>{}</td></tr>", row.0, row.1, row.2, row.3),
            );
        }
        out.push_str("</tbody></table>");
    }
    push(out, format_args!("<pre><code>{}</code></pre>", escape(&command(call))));
    push(
        out,
        format_args!(
            "<table class=\"t\"><thead><tr><th>{}</th><th>{}</th></tr></thead><tbody lang=\"en\">",
            t.status, t.answer
        ),
    );
    for (status, answer) in call.operation["responses"].as_object().into_iter().flatten() {
        let said = escape(answer["description"].as_str().unwrap_or_default());
        let fields = fields(document, answer);
        push(out, format_args!("<tr><td>{}</td><td>{said} {fields}</td></tr>", escape(status)));
    }
    out.push_str("</tbody></table></section>");
}

fn access(t: &'static DocsTexts, call: &Call<'_>) -> String {
    let area = call.path.split('/').nth(1).unwrap_or_default();
    match (need(call.method, call.path), area, call.method) {
        (_, "session", "post" | "delete") => t.open.to_owned(),
        (_, "line", _) => t.gateway.to_owned(),
        (Need::Scope(scope), ..) => fill(t.scope, &[("scope", &format!("<code>{}</code>", scope.word()))]),
        (Need::AnyKey, ..) => t.any_key.to_owned(),
        (Need::Person, ..) => t.person.to_owned(),
    }
}

/// The name of what an answer holds, and its fields.
fn fields(document: &Value, answer: &Value) -> String {
    let content = answer["content"].as_object().and_then(|content| content.values().next());
    let Some(name) = content.and_then(|content| content["schema"]["$ref"].as_str()) else { return String::new() };
    let name = name.rsplit('/').next().unwrap_or_default();
    let properties = document["components"]["schemas"][name]["properties"].as_object();
    let names: Vec<&str> = properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    format!("<code>{}</code> {}", escape(name), escape(&names.join(", ")))
}

/// A command that makes the call.
fn command(call: &Call<'_>) -> String {
    let value = |name: &str| PARAMETERS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let mut url = call.full();
    let mut query = Vec::new();
    for parameter in call.parameters() {
        let name = parameter["name"].as_str().unwrap_or_default();
        match parameter["in"].as_str() {
            Some("path") => {
                let filled = match value(name) {
                    Some(value) => crate::http::encoded(value),
                    None => format!("${{{}}}", name.to_uppercase()),
                };
                url = url.replace(&format!("{{{name}}}"), &filled);
            }
            Some("query") if parameter["required"] == true => {
                let filled = value(name).map_or_else(|| name.to_uppercase(), crate::http::encoded);
                query.push(format!("{name}={filled}"));
            }
            _ => {}
        }
    }
    if !query.is_empty() {
        url = format!("{url}?{}", query.join("&"));
    }
    let mut lines = vec![format!("curl -sS -X {} \"$TRACELIGHT{url}\"", call.method.to_uppercase())];
    lines.push("-H \"Authorization: Bearer $TRACELIGHT_KEY\"".to_owned());
    if let Some((media, example)) = call.body() {
        lines.push(format!("-H {}", quoted(&format!("Content-Type: {media}"))));
        lines.push(if example.is_null() {
            "--data-binary @file".to_owned()
        } else {
            format!("--data-binary {}", quoted(&example.to_string()))
        });
    }
    lines.join(" \\\n  ")
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_shell_and_of_a_page_cannot_end_early() {
        assert_eq!(quoted("Xi'an"), r"'Xi'\''an'");
        assert_eq!(escape("<a href=\"x\">&"), "&lt;a href=&quot;x&quot;&gt;&amp;");
    }
}
