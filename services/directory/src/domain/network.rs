//! Where a request comes from, as far as we want to know.

use std::net::IpAddr;

/// The network of an address: /24 of IPv4, /48 of IPv6. Enough to see that two changes come
/// from different places, too little to follow a person home.
#[must_use]
pub fn truncated(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{}/48", std::net::Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_gone() {
        let of = |text: &str| text.parse().map(truncated).unwrap_or_default();
        assert_eq!(of("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(of("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(of("2001:db8:1234:5678::1"), "2001:db8:1234::/48");
        assert_eq!(of("::1"), "::/48");
    }
}
