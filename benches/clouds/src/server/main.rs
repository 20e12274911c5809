//! A server that answers what clients of S3 and of Azure Blob Storage ask, from memory, on one thread,
//! with as little CPU as it can, so that what is seen is the client.
//!
//! Usage: cloud-server      prints `listening on 127.0.0.1:PORT`; ends when its standard input does
//!
//! No signature is checked; the tests do that with real servers. An object that is put is kept. Beside
//! those there are always the objects `bytes-N` of N bytes, and a listing of 10,000 keys.

mod answers;
mod connection;
mod listing;
mod objects;
mod request;

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::fd::AsRawFd;

use rustix::buffer::spare_capacity;
use rustix::event::epoll;

use connection::{Connection, State};
use objects::Objects;

type Answer<T> = Result<T, Box<dyn Error>>;

/// What the listener and the standard input are known by; connections by their descriptors, which
/// are others: standard input is 0 and the listener's is taken.
const INPUT: u64 = 0;

fn main() -> Answer<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    println!("listening on {}", listener.local_addr()?);
    io::stdout().flush()?;
    serve(&listener)
}

fn serve(listener: &TcpListener) -> Answer<()> {
    let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
    let readable = epoll::EventFlags::IN;
    let listening = u64::try_from(listener.as_raw_fd())?;
    epoll::add(&poll, listener, epoll::EventData::new_u64(listening), readable)?;
    epoll::add(&poll, io::stdin(), epoll::EventData::new_u64(INPUT), readable)?;
    let mut connections: HashMap<u64, Connection> = HashMap::new();
    let mut objects = Objects::default();
    let mut events = Vec::with_capacity(256);
    loop {
        events.clear();
        epoll::wait(&poll, spare_capacity(&mut events), None)?;
        for event in &events {
            match event.data.u64() {
                INPUT => {
                    if io::stdin().read(&mut [0; 64])? == 0 {
                        return Ok(());
                    }
                }
                id if id == listening => {
                    while let Ok((stream, _)) = listener.accept() {
                        stream.set_nonblocking(true)?;
                        stream.set_nodelay(true)?;
                        let id = u64::try_from(stream.as_raw_fd())?;
                        // Edge-triggered, so that nothing is to be changed when an answer does not
                        // fit the socket's buffer.
                        let both = readable | epoll::EventFlags::OUT | epoll::EventFlags::ET;
                        epoll::add(&poll, &stream, epoll::EventData::new_u64(id), both)?;
                        connections.insert(id, Connection::new(stream));
                    }
                }
                id => {
                    let Some(connection) = connections.get_mut(&id) else { continue };
                    // A client that breaks off is not this server's failure.
                    if !matches!(connection.go_on(&mut objects), Ok(State::Open)) {
                        connections.remove(&id);
                    }
                }
            }
        }
    }
}
