//! GET over HTTP, tried again where it fails.

use super::{Outcome, Request};
use crate::diagnostic::{Diagnostic, ErrorCode};
use std::io::Read;
use std::time::Duration;
use ureq::Agent;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

/// How often something is tried that fails.
const ATTEMPTS: u32 = 6;
/// The pause after the first failure; each further one doubles it.
const PAUSE: Duration = Duration::from_millis(100);
/// How long the begin of an answer may take, where `DBT_HTTP_TIMEOUT` does not say so.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long an archive may take.
const TRANSFER: Duration = Duration::from_secs(600);
/// More than any package has.
const LARGEST: u64 = 1 << 30;
/// Where a user names certificates of authorities of their own.
const CERTIFICATES: [&str; 3] = ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"];

/// A client with the user's proxy and certificates.
pub(super) struct Http<'a> {
    request: &'a Request<'a>,
    agent: Agent,
}

/// Why an attempt failed.
pub(super) struct Failure {
    pub message: String,
    /// Whether another attempt may end otherwise.
    pub passing: bool,
}

impl From<std::io::Error> for Failure {
    fn from(cause: std::io::Error) -> Self {
        Failure { message: cause.to_string(), passing: true }
    }
}

impl<'a> Http<'a> {
    pub fn new(request: &'a Request<'a>) -> Outcome<Self> {
        let seconds = request.environment.get("DBT_HTTP_TIMEOUT").and_then(|text| text.trim().parse::<f64>().ok());
        let timeout = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()).unwrap_or(TIMEOUT);
        let mut config = Agent::config_builder()
            .timeout_connect(Some(timeout))
            .timeout_recv_response(Some(timeout))
            .timeout_recv_body(Some(TRANSFER))
            .user_agent(concat!("meshbuild/", env!("CARGO_PKG_VERSION")))
            .http_status_as_error(false);
        if let Some(path) = CERTIFICATES.iter().find_map(|name| request.environment.get(*name)) {
            let roots = RootCerts::from(certificates(path)?);
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        Ok(Http { request, agent: config.build().into() })
    }

    /// What `read` makes of the answer of `url`. Where it fails, all is tried again.
    pub fn fetch<T>(&self, url: &str, mut read: impl FnMut(&mut dyn Read) -> Result<T, Failure>) -> Outcome<T> {
        let mut pause = PAUSE;
        let mut attempt = 1;
        loop {
            self.request.listener.debug(self.request.secrets.scrub(&format!("GET {url}")));
            let failure = match self.get(url, &mut read) {
                Ok(found) => return Ok(found),
                Err(failure) => failure,
            };
            if attempt == ATTEMPTS || !failure.passing {
                return Err(Box::new(self.unreachable(url, &failure)));
            }
            let message = format!("Retrying external call. Attempt: {attempt}  Max attempts: {ATTEMPTS}");
            self.request.listener.debug(self.request.secrets.scrub(&format!("{message}: {}", failure.message)));
            std::thread::sleep(pause);
            pause *= 2;
            attempt += 1;
        }
    }

    fn get<T>(&self, url: &str, read: &mut impl FnMut(&mut dyn Read) -> Result<T, Failure>) -> Result<T, Failure> {
        let mut response = self.agent.get(url).call().map_err(|cause| {
            let passing = !matches!(cause, ureq::Error::BadUri(_) | ureq::Error::Http(_));
            Failure { message: cause.to_string(), passing }
        })?;
        let status = response.status();
        if !status.is_success() {
            return Err(Failure {
                message: format!("the server answers {status}"),
                passing: !status.is_client_error(),
            });
        }
        read(&mut response.body_mut().with_config().limit(LARGEST).reader())
    }

    fn unreachable(&self, url: &str, failure: &Failure) -> Diagnostic {
        let message = format!("External connection exception occurred: {} (GET {url})", failure.message);
        let error = Diagnostic::error(ErrorCode::PackageUnreachable, self.request.secrets.scrub(&message));
        error.hint(
            "is there a network, and is a proxy set (HTTPS_PROXY)? Without one: point DBT_PACKAGE_HUB_URL at a mirror, or list \
             a copy of the package with `local:`. What is in the install path already needs no `deps`",
        )
    }
}

fn certificates(path: &str) -> Outcome<Vec<Certificate<'static>>> {
    let error = |cause: &dyn std::fmt::Display| {
        let message = format!("the certificates of {path} cannot be read: {cause}");
        Box::new(Diagnostic::error(ErrorCode::PackageUnreachable, message))
    };
    let text = std::fs::read(path).map_err(|cause| error(&cause))?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(certificate) = item.map_err(|cause| error(&cause))? {
            found.push(certificate);
        }
    }
    Ok(found)
}
