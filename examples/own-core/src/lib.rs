//! The bridge of a core of one's own: one operation, one stream and one handler, on
//! Tombolo's runtime.

mod rates;

use tombolo_bridge::{RawHandler, Spec, StreamTicket, Ticket, op, owned_text, stream};

#[cxx::bridge(namespace = "rates")]
mod ffi {
    struct Quote {
        currency: String,
        per_euro: f64,
    }
    extern "C++" {
        include!("tombolo/crossing.hpp");
        #[namespace = "tombolo"]
        type Ticket = tombolo_bridge::Ticket;
        #[namespace = "tombolo"]
        type StreamTicket = tombolo_bridge::StreamTicket;
        #[namespace = "tombolo"]
        type RawHandler = tombolo_bridge::RawHandler;
    }
    extern "Rust" {
        fn convert(euros: f64, currency: &[u8]) -> Ticket;
        fn quotes(currency: &[u8], times: u32) -> StreamTicket;
        fn buy(euros: f64, currency: &[u8], limit: RawHandler) -> Ticket;
        fn take_quote(op: &Ticket, out: &mut Quote) -> bool;
    }
}

fn convert(euros: f64, currency: &[u8]) -> Ticket {
    op(Spec::read("rates", "convert"), || {
        Ok(rates::convert(euros, owned_text("currency", currency)?))
    })
}

fn quotes(currency: &[u8], times: u32) -> StreamTicket {
    stream(Spec::read("rates", "quotes"), || {
        rates::quotes(owned_text("currency", currency)?, times)
    })
}

fn buy(euros: f64, currency: &[u8], limit: RawHandler) -> Ticket {
    op(Spec::write("rates", "buy"), || {
        Ok(rates::buy(euros, owned_text("currency", currency)?, limit.into_handler()?))
    })
}

fn take_quote(op: &Ticket, out: &mut ffi::Quote) -> bool {
    let quote =
        |price: rates::Price| ffi::Quote { currency: price.currency, per_euro: price.per_euro };
    op.take::<rates::Price>().map(|price| *out = quote(price)).is_some()
}
