//! The console page: counts and recent decisions, never a text. Rendered here, no script, reloads by itself.

use std::fmt::Write;

use html_escape::encode_text;

use crate::serve::audit::{Audit, Record};

/// Outcomes in the order they are shown.
const OUTCOMES: &[&str] =
    &["forward", "block", "would_block", "refuse_unscreened", "forward_unscreened", "reject", "client_gone"];

const HEAD: &str = "<!doctype html><html lang=en><meta charset=utf-8><meta http-equiv=refresh content=5>\
<meta name=viewport content='width=device-width'><title>Unspool</title><style>\
body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#222;background:#fff}\
h1{font-size:1.3rem}h2{font-size:1rem;margin-top:2rem}.counts{display:flex;flex-wrap:wrap;gap:.75rem}\
.counts div{border:1px solid #ddd;border-radius:.5rem;padding:.5rem 1rem;min-width:7rem}.counts b{display:block;font-size:1.5rem}\
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;\
border-bottom:1px solid #eee;white-space:nowrap}.block,.refuse_unscreened{color:#b00020}.would_block,.forward_unscreened{color:#a05a00}\
@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}th,td{border-color:#333}.counts div{border-color:#444}\
.block,.refuse_unscreened{color:#ff8a80}.would_block,.forward_unscreened{color:#ffc46b}}</style>";

/// The page.
pub(super) fn render(audit: &Audit, upstream: &str, ready: bool) -> String {
    let mut out = String::from(HEAD);
    let state = if ready { "ready" } else { "draining" };
    // Writing to a String cannot fail.
    let _ = write!(
        out,
        "<h1>Unspool {}</h1><p>{state}, upstream {}, {} in flight</p><div class=counts>",
        env!("CARGO_PKG_VERSION"),
        encode_text(upstream),
        audit.metrics.in_flight()
    );
    for outcome in OUTCOMES {
        let _ = write!(out, "<div><b>{}</b>{outcome}</div>", audit.metrics.outcomes(outcome));
    }
    out.push_str(
        "</div><h2>Recent decisions</h2><div class=scroll><table><tr><th>outcome<th>status<th>category<th>origin\
         <th>score<th>rule<th>reason<th>dialect<th>model<th>route<th>judged<th>limits<th>ms<th>request id</tr>",
    );
    for record in audit.recent() {
        row(&mut out, &record);
    }
    out.push_str("</table></div><p><a href=/metrics>metrics</a></p></html>");
    out
}

fn row(out: &mut String, record: &Record) {
    let millis = record.screening.map_or(0.0, |time| time.as_secs_f64() * 1000.0);
    let cell = |text: Option<&str>| encode_text(text.unwrap_or("–")).into_owned();
    let _ = write!(
        out,
        "<tr><td class={0}>{0}<td>{1}<td>{2}<td>{3}<td>{4:.3}<td>{5}<td>{6}<td>{7}<td>{8}<td>{9}<td>{10}<td>{11}<td>{12:.1}<td>{13}</tr>",
        record.outcome,
        record.status,
        cell(record.category),
        cell(record.origin),
        record.score,
        cell(record.rule.as_deref()),
        cell(record.reason),
        record.dialect,
        cell(record.model.as_deref()),
        encode_text(&record.route),
        record.candidates,
        record.incomplete.join(" "),
        millis,
        record.request_id,
    );
}
