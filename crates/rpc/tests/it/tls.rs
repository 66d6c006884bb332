//! Who may talk at all: TLS and mTLS, with real handshakes.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rpc::Peer;
use rpc::client::{Config, Tokens};
use rpc::method::Policies;
use tempfile::TempDir;
use tonic::Code;
use tonic_health::pb::health_client::HealthClient;

use crate::world::{Site, TABLE, World, ask, fine};

/// Signs certificates, and keeps them as the files that settings name.
struct Authority {
    folder: TempDir,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let authority = Self {
            folder: TempDir::new().unwrap(),
            issuer,
        };
        authority.keep("ca.pem", &authority.issuer.pem());
        authority
    }

    fn keep(&self, name: &str, pem: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, pem).unwrap();
        path
    }

    fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The settings of somebody who has a certificate for `host` and trusts `ca`.
    fn certify(&self, host: &str, ca: PathBuf) -> rpc::tls::Config {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([host.to_owned()]).unwrap();
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        rpc::tls::Config {
            cert: self.keep(&format!("{host}.pem"), &cert.pem()),
            key: self.keep(&format!("{host}.key"), &key.serialize_pem()),
            ca,
        }
    }

    /// The settings of a client without a certificate.
    fn trust(&self) -> rpc::tls::Config {
        rpc::tls::Config {
            ca: self.ca(),
            ..rpc::tls::Config::default()
        }
    }
}

async fn site(world: &World, tls: rpc::tls::Config) -> Site {
    world.site_with(|config| config.tls = tls, 0).await
}

/// What somebody with these settings is answered.
async fn call(world: &World, site: &Site, tls: rpc::tls::Config) -> Result<(), Code> {
    let config = Config {
        tls,
        retries: 0,
        ..Config::plain(format!("https://{}", site.addr))
    };
    let peer = Peer::new("probe", &config, Some(Tokens::fixed(&world.token()))).unwrap();
    let peer = peer.with_policies(Policies::Table(TABLE));
    match HealthClient::new(peer).check(ask("")).await {
        Ok(answer) => {
            assert_eq!(answer.into_inner(), fine());
            Ok(())
        }
        Err(status) => Err(status.code()),
    }
}

#[tokio::test]
async fn whoever_trusts_the_authority_is_served() {
    let (world, ours, theirs) = (World::new(), Authority::new(), Authority::new());
    let site = site(&world, ours.certify("127.0.0.1", PathBuf::new())).await;
    assert_eq!(call(&world, &site, ours.trust()).await, Ok(()));
    assert_eq!(
        call(&world, &site, theirs.trust()).await,
        Err(Code::Unavailable),
        "a server that a stranger certified is not believed"
    );
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let (world, ours) = (World::new(), Authority::new());
    let site = site(&world, ours.certify("other.example", PathBuf::new())).await;
    assert_eq!(
        call(&world, &site, ours.trust()).await,
        Err(Code::Unavailable)
    );
}

#[tokio::test]
async fn plain_text_is_refused_where_tls_is_spoken() {
    let (world, ours) = (World::new(), Authority::new());
    let site = site(&world, ours.certify("127.0.0.1", PathBuf::new())).await;
    let status = world.client(&site).check(ask("")).await.unwrap_err();
    let calls = site.seen.calls.load(Ordering::SeqCst);
    assert_eq!((status.code(), calls), (Code::Unavailable, 0));
}

#[tokio::test]
async fn with_mtls_only_the_certified_are_served() {
    let (world, ours, theirs) = (World::new(), Authority::new(), Authority::new());
    let site = site(&world, ours.certify("127.0.0.1", ours.ca())).await;
    let certified = ours.certify("directory", ours.ca());
    assert_eq!(call(&world, &site, certified).await, Ok(()));
    for (who, tls) in [
        ("without a certificate", ours.trust()),
        (
            "certified by another",
            theirs.certify("directory", ours.ca()),
        ),
    ] {
        assert_eq!(
            call(&world, &site, tls).await,
            Err(Code::Unavailable),
            "{who}"
        );
    }
}
