//! Where a request comes from, as far as we want to know.

use std::{fmt, net::IpAddr, str::FromStr};

/// The network of an address: /24 of IPv4, /48 of IPv6. Enough to see that two sign-ins come
/// from different places, too little to follow a person home.
#[must_use]
pub fn truncated(address: IpAddr) -> String {
    let bits = if address.to_canonical().is_ipv4() {
        24
    } else {
        48
    };
    Network::new(address, bits).to_string()
}

/// Whether two truncated networks are surely two places. An unknown one is nowhere in
/// particular, and one of each family is one place with both.
#[must_use]
pub fn is_elsewhere(one: &str, other: &str) -> bool {
    let is_v6 = |network: &str| network.contains(':');
    let known = !one.is_empty() && !other.is_empty();
    known && one != other && is_v6(one) == is_v6(other)
}

/// The client behind a connection from `peer`. Proxies write the address they saw at the end of
/// `forwarded` (the values of `x-forwarded-for`); so it is read from the end, as long as those
/// who wrote are `trusted`. What a stranger wrote in front of that is hearsay.
#[must_use]
pub fn client(peer: IpAddr, forwarded: &str, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer;
    for hop in forwarded.rsplit(',') {
        if !is_trusted(client) {
            break;
        }
        match hop.trim().parse() {
            Ok(address) => client = address,
            Err(_) => break,
        }
    }
    client
}

/// A range of addresses in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

/// Not a range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a network such as 10.0.0.0/8 or 2001:db8::/32")]
pub struct NetworkError;

impl Network {
    fn new(address: IpAddr, bits: u8) -> Self {
        Self {
            base: masked(address.to_canonical(), bits),
            bits,
        }
    }

    /// Whether it says no more than [`truncated`] leaves.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.bits <= if self.base.is_ipv4() { 24 } else { 48 }
    }

    /// Whether the address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.base.is_ipv4() && masked(address, self.bits) == self.base
    }
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX
                .checked_shl(32 - u32::from(bits.min(32)))
                .unwrap_or(0);
            IpAddr::V4((v4.to_bits() & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX
                .checked_shl(128 - u32::from(bits.min(128)))
                .unwrap_or(0);
            IpAddr::V6((v6.to_bits() & mask).into())
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, bits) = text.split_once('/').ok_or(NetworkError)?;
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let bits: u8 = bits.parse().map_err(|_| NetworkError)?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        // A base with host bits is a typing error more often than not.
        let exact = bits <= widest && masked(address, bits) == address;
        exact
            .then_some(Self {
                base: address,
                bits,
            })
            .ok_or(NetworkError)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn the_host_is_gone() {
        for (host, network) in [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1234:5678::1", "2001:db8:1234::/48"),
            ("::1", "::/48"),
        ] {
            assert_eq!(truncated(address(host)), network);
        }
    }

    #[test]
    fn places_differ_only_if_they_surely_do() {
        let (one, other, v6) = ("203.0.113.0/24", "198.51.100.0/24", "2001:db8:1234::/48");
        assert!(is_elsewhere(one, other) && is_elsewhere(v6, "2001:db8:1::/48"));
        for (one, other) in [
            (one, one),
            (one, v6),
            (v6, one),
            ("", one),
            (one, ""),
            ("", ""),
        ] {
            assert!(!is_elsewhere(one, other), "{one} {other}");
        }
    }

    #[test]
    fn networks_hold_what_they_say() {
        let network: Network = "10.1.0.0/16".parse().unwrap();
        assert!(
            network.contains(address("10.1.255.1")) && network.contains(address("::ffff:10.1.0.1"))
        );
        assert!(!network.contains(address("10.2.0.1")) && !network.contains(address("::1")));
        let everything: Network = "0.0.0.0/0".parse().unwrap();
        assert!(everything.contains(address("255.255.255.255")));
        for bad in [
            "",
            "10.0.0.0",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "::/129",
            "x/8",
            "10.0.0.0/-1",
            "10.0.0.0/8 ",
        ] {
            assert_eq!(bad.parse::<Network>(), Err(NetworkError), "{bad:?}");
        }
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        let client =
            |peer: &str, forwarded: &str| client(address(peer), forwarded, &trusted).to_string();
        assert_eq!(
            client("203.0.113.7", "198.51.100.1"),
            "203.0.113.7",
            "a stranger says who they are"
        );
        assert_eq!(client("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            client("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2"),
            "198.51.100.1"
        );
        assert_eq!(client("10.0.0.1", ""), "10.0.0.1");
        assert_eq!(client("10.0.0.1", "nonsense"), "10.0.0.1");
    }
}
