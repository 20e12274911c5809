//! Ways to a server: by a proxy with a fault, or ones that lead nowhere.

use std::net::{Ipv4Addr, TcpListener};

use tombolo_testkit::faults::table::{Cell, Name};
use tombolo_testkit::faults::{Fault, Proxy, Rule};
use tombolo_testkit::servers::{Certificate, Kind, Server};

use super::Checked;
use super::operate::PART;

/// A way, and the URL of a place by it.
pub(crate) struct Way {
    pub(crate) url: String,
    /// Where nobody listens, there is none.
    pub(crate) proxy: Option<Proxy>,
    _certificate: Option<Certificate>,
    /// Takes connections, and says nothing.
    _silent: Option<TcpListener>,
}

impl Way {
    fn nowhere(url: String) -> Self {
        Self { url, proxy: None, _certificate: None, _silent: None }
    }

    pub(crate) fn new(server: &Server, place: &str, cell: &Cell) -> Checked<Self> {
        let place = &format!("{place}&part_size={PART}");
        let plain = |proxy: Proxy| {
            let url = server.through(place, proxy.port());
            Self { proxy: Some(proxy), ..Self::nowhere(url) }
        };
        match cell.name {
            Name::Unresolved => Ok(Self::nowhere(place.replace("127.0.0.1", "nothing.invalid"))),
            Name::Refused => {
                let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
                Ok(Self::nowhere(server.through(place, port)))
            }
            Name::NoHandshake => {
                let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
                let url = over_tls(&server.through(place, silent.local_addr()?.port()));
                // Each attempt takes as long as a connection may take.
                let url = format!("{url}&max_attempts=1");
                Ok(Self { _silent: Some(silent), ..Self::nowhere(url) })
            }
            Name::PlainText => {
                let way = plain(Proxy::start(server.port(), Vec::new())?);
                Ok(Self { url: over_tls(&way.url), ..way })
            }
            Name::OtherName => tls(server, place, Certificate::of_another_name()?, true),
            Name::UnknownAuthority => tls(server, place, Certificate::new()?, false),
            _ => Ok(plain(Proxy::start(server.port(), Vec::new())?)),
        }
    }
}

/// What the proxy is to do to the cell.
pub(crate) fn rules(kind: Kind, cell: &Cell) -> Vec<Rule> {
    let (Some((method, target, nth)), Some(fault)) =
        (cell.step.request(kind), cell.name.fault(kind))
    else {
        return Vec::new();
    };
    let rule = Rule { method, target: target.to_owned(), nth, fault };
    if cell.name == Name::Replaced {
        let rest = Rule { nth: nth + 1, fault: Fault::OtherEtag, ..rule.clone() };
        return vec![rule, rest];
    }
    vec![rule]
}

/// By a proxy that speaks TLS; whether its authority is trusted.
pub(crate) fn tls(
    server: &Server,
    place: &str,
    certificate: Certificate,
    trusted: bool,
) -> Checked<Way> {
    let files = (certificate.certificate(), certificate.key());
    let proxy = Proxy::start_with_tls(server.port(), Vec::new(), &files.0, &files.1)?;
    let mut url = over_tls(&server.through(place, proxy.port()));
    if trusted {
        url = format!("{url}&ca_file={}", certificate.authority().display());
    }
    Ok(Way { proxy: Some(proxy), _certificate: Some(certificate), ..Way::nowhere(url) })
}

fn over_tls(url: &str) -> String {
    url.replace("endpoint=http://", "endpoint=https://")
        .replace("endpoint=http%3A", "endpoint=https%3A")
}
