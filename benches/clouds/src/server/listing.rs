//! A listing of 10,000 keys, in pages as each service has them, made once for each that is asked for.

use std::collections::HashMap;
use std::fmt::Write;

use bytes::Bytes;

use crate::request::Request;

/// How many keys there are.
const KEYS: usize = 10_000;

/// The pages that were asked for, by service, start and length.
#[derive(Default)]
pub(crate) struct Pages(HashMap<(bool, usize, usize), Bytes>);

impl Pages {
    /// The page that `request` asks for: the document.
    pub(crate) fn get(&mut self, request: &Request) -> Bytes {
        let azure = request.parameter("comp") == Some("list");
        let (token, max, most) = if azure {
            ("marker", "maxresults", 5000)
        } else {
            ("continuation-token", "max-keys", 1000)
        };
        let number = |name| request.parameter(name).and_then(|value| value.parse().ok());
        let (from, max) = (number(token).unwrap_or(0), number(max).unwrap_or(most).min(most));
        let made = || if azure { azure_page(from, max) } else { s3_page(from, max) };
        self.0.entry((azure, from, max)).or_insert_with(|| made().into()).clone()
    }
}

fn s3_page(from: usize, max: usize) -> String {
    let end = (from + max).min(KEYS);
    let mut page = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
                    xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bucket</Name>"
        .to_owned();
    let more = end < KEYS;
    write(&mut page, format_args!("<MaxKeys>{max}</MaxKeys><IsTruncated>{more}</IsTruncated>"));
    for key in from..end {
        write(
            &mut page,
            format_args!(
                "<Contents><Key>list/{key:05}</Key><LastModified>2009-10-12T17:50:30.000Z\
                 </LastModified><ETag>&quot;{key:032x}&quot;</ETag><Size>4096</Size>\
                 <StorageClass>STANDARD</StorageClass></Contents>"
            ),
        );
    }
    if more {
        write(&mut page, format_args!("<NextContinuationToken>{end}</NextContinuationToken>"));
    }
    page + "</ListBucketResult>"
}

fn azure_page(from: usize, max: usize) -> String {
    let end = (from + max).min(KEYS);
    let mut page = "\u{FEFF}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults \
                    ContainerName=\"bucket\"><Blobs>"
        .to_owned();
    for key in from..end {
        write(
            &mut page,
            format_args!(
                "<Blob><Name>list/{key:05}</Name><Properties><Creation-Time>Mon, 12 Oct 2009 \
                 17:50:30 GMT</Creation-Time><Last-Modified>Mon, 12 Oct 2009 17:50:30 GMT\
                 </Last-Modified><Etag>0x{key:016X}</Etag><Content-Length>4096</Content-Length>\
                 <Content-Type>application/octet-stream</Content-Type><BlobType>BlockBlob</BlobType>\
                 <LeaseStatus>unlocked</LeaseStatus><LeaseState>available</LeaseState>\
                 <ServerEncrypted>true</ServerEncrypted></Properties><Metadata /></Blob>"
            ),
        );
    }
    let next = if end < KEYS { end.to_string() } else { String::new() };
    write(&mut page, format_args!("</Blobs><NextMarker>{next}</NextMarker></EnumerationResults>"));
    page
}

fn write(page: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = page.write_fmt(what);
}
