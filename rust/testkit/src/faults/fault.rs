//! What may go wrong with a request, and with which.

use std::time::Duration;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The proxy answers; the server does not.
    Answer(Answered),
    /// The server does as it is asked, and the proxy answers something else.
    AnswerAfter(Answered),
    /// The connection is reset, and the server has seen nothing.
    Reset,
    /// The server does as it is asked, and the connection is reset in place of its answer.
    ResetAfter,
    /// The server has seen nothing, and no answer ever comes.
    Stall,
    /// The server does as it is asked, and no answer ever comes.
    StallAfter,
    /// The request's body is taken in pieces of so many bytes, with this time before each.
    SlowRequest(usize, Duration),
    /// The connection is closed after so many bytes of the answer's head.
    CutHead(usize),
    /// The connection is closed after so many bytes of the answer's body.
    CutBody(usize),
    /// Nothing comes after so many bytes of the answer's body.
    StallBody(usize),
    /// The answer comes in so many pieces, with this time before each.
    Drip(usize, Duration),
    /// `Content-Length` says so many bytes more than there are; the connection is closed after them.
    Longer(usize),
    /// `Content-Length` says so many bytes less than there are.
    Shorter(usize),
    /// The answer comes twice.
    Twice,
    /// The answer names an etag that the object never had.
    OtherEtag,
    /// One bit of this byte of the answer's body is turned over.
    Flip(usize),
    /// The answer is right, and the connection is closed after it without a word of warning.
    CloseAfter,
}

/// An answer of the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Its status.
    pub status: u16,
    /// The service's word for it, in its XML. Without one the body is what a gateway would send.
    pub code: &'static str,
    /// What `Retry-After` says, in seconds.
    pub retry_after: Option<u32>,
}

impl Answered {
    /// The bytes, for a request of `method`.
    pub(super) fn bytes(&self, method: &str) -> Vec<u8> {
        let Self { status, code, retry_after } = self;
        let (kind, body) = match *code {
            "" => ("text/html", "<html><body><h1>Bad gateway</h1>&nbsp;<p></html>".to_owned()),
            code => ("application/xml", xml(code)),
        };
        let code =
            if code.is_empty() { String::new() } else { format!("x-ms-error-code: {code}\r\n") };
        let wait = retry_after.map(|wait| format!("Retry-After: {wait}\r\n")).unwrap_or_default();
        let length = body.len();
        let body = if method == "HEAD" { "" } else { &body };
        format!(
            "HTTP/1.1 {status} Fault\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
             {code}{wait}\r\n{body}"
        )
        .into_bytes()
    }
}

fn xml(code: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Error><Code>{code}</Code>\
         <Message>A fault, on purpose.</Message></Error>"
    )
}

/// Which request a fault is for. The first rule that wants a request has it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Of this method; of any, if empty.
    pub method: &'static str,
    /// Whose target (path and query) holds this text.
    pub target: String,
    /// Only this one of them, counted from 1; 0 for each.
    pub nth: usize,
    /// What goes wrong with it.
    pub fault: Fault,
}

impl Rule {
    /// For each request of `method`.
    #[must_use]
    pub fn each(method: &'static str, fault: Fault) -> Self {
        Self { method, target: String::new(), nth: 0, fault }
    }

    /// For the first request of `method`.
    #[must_use]
    pub fn first(method: &'static str, fault: Fault) -> Self {
        Self { nth: 1, ..Self::each(method, fault) }
    }

    pub(super) fn wants(&self, method: &str, target: &str) -> bool {
        (self.method.is_empty() || self.method == method) && target.contains(&self.target)
    }
}
