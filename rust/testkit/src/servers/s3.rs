//! Servers of S3.

use std::io;

use super::http;
use super::process::{Process, free_ports};

/// Who may use these servers.
const ACCESS_KEY: &str = "test-access-key";
const SECRET_KEY: &str = "test-secret-key";

/// SeaweedFS: all of its servers in one process.
#[derive(Debug)]
pub(super) struct SeaweedFs {
    process: Process,
    filer: u16,
    port: u16,
}

impl SeaweedFs {
    pub(super) fn start() -> io::Result<Self> {
        let config = format!(
            r#"{{"identities": [{{"name": "tests", "actions": ["Admin"], "credentials":
                [{{"accessKey": "{ACCESS_KEY}", "secretKey": "{SECRET_KEY}"}}]}}]}}"#
        );
        let ports: [u16; 8] = free_ports()?;
        let names = ["master", "volume", "filer", "s3"];
        let mut arguments: Vec<String> = [
            "server",
            "-dir={}",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            "-master.volumeSizeLimitMB=64",
            "-master.telemetry=false",
            // Who is alone has nobody to wait for when it comes back; ten seconds are the default.
            "-master.electionTimeout=1s",
            "-volume.max=4000",
            "-filer",
            "-s3",
            "-s3.config={}/s3.json",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
        ]
        .map(str::to_owned)
        .into();
        for (name, pair) in names.iter().zip(ports.as_chunks::<2>().0) {
            let [port, grpc] = pair;
            arguments.push(format!("-{name}.port={port}"));
            arguments.push(format!("-{name}.port.grpc={grpc}"));
        }
        let [_, _, _, _, filer, _, port, _] = ports;
        // A bucket has volumes of its own: one, where seven are the default, since there are many.
        let files = [("master.toml", "[master.volume_growth]\ncopy_1 = 1\n"), ("s3.json", &config)];
        let process = Process::start("python/bin/weed", &arguments, &files)?;
        let mut server = Self { process, filer, port };
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> io::Result<()> {
        self.process.wait_for(self.filer, "/")?;
        self.process.wait_for(self.port, "/")
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    pub(super) fn start_again(&mut self) -> io::Result<()> {
        self.process.start_again()?;
        self.wait()
    }

    /// A bucket is a folder of the file system beneath.
    pub(super) fn new_place(&self, name: &str) -> io::Result<String> {
        http::succeed("POST", self.filer, &format!("/buckets/{name}/"))?;
        Ok(url(name, self.port))
    }
}

/// moto's server, which asks for no signature unless told to.
#[derive(Debug)]
pub(super) struct Moto {
    _process: Process,
    port: u16,
}

impl Moto {
    pub(super) fn start() -> io::Result<Self> {
        let [port] = free_ports()?;
        let arguments = ["-H", "127.0.0.1", "-p", &port.to_string()].map(str::to_owned);
        let mut process = Process::start("python/bin/moto_server", &arguments, &[])?;
        process.wait_for(port, "/")?;
        Ok(Self { _process: process, port })
    }

    pub(super) fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn new_place(&self, name: &str) -> io::Result<String> {
        http::succeed("PUT", self.port, &format!("/{name}"))?;
        Ok(url(name, self.port))
    }
}

fn url(bucket: &str, port: u16) -> String {
    format!(
        "s3://{bucket}?endpoint=http://127.0.0.1:{port}&region=us-east-1&access_key={ACCESS_KEY}&\
         secret_key={SECRET_KEY}"
    )
}
