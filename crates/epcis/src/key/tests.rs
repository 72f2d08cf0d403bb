use super::{Prefixes, canonical, check, matches, to_urn};

#[track_caller]
fn link(id: &str, expected: &str) {
    assert_eq!(canonical(id).as_deref(), Some(expected), "{id}");
}

#[test]
fn every_scheme_has_its_link() {
    link("urn:epc:id:sgtin:0614141.107346.2017", "https://id.gs1.org/01/10614141073464/21/2017");
    link("urn:epc:id:sgtin:0614141.107346.a%2Fb(c)", "https://id.gs1.org/01/10614141073464/21/a%2Fb%28c%29");
    link("urn:epc:id:sscc:4012345.0000000333", "https://id.gs1.org/00/040123450000003338");
    link("urn:epc:id:sgln:4012345.00011.987", "https://id.gs1.org/414/4012345000115/254/987");
    link("urn:epc:id:sgln:4012345.00011.0", "https://id.gs1.org/414/4012345000115");
    link("urn:epc:id:sgln:952005385012..sc", "https://id.gs1.org/414/9520053850120/254/sc");
    link("urn:epc:id:grai:4012345.55555.987", "https://id.gs1.org/8003/04012345555554987");
    link("urn:epc:id:giai:4000001.111", "https://id.gs1.org/8004/4000001111");
    link("urn:epc:id:gsrn:95252084.000000001", "https://id.gs1.org/8018/952520840000000010");
    link("urn:epc:id:gsrnp:95252084.000000001", "https://id.gs1.org/8017/952520840000000010");
    link("urn:epc:id:gdti:4012345.55555.1234", "https://id.gs1.org/253/40123455555541234");
    link("urn:epc:id:cpi:0614141.12%2F3.7", "https://id.gs1.org/8010/061414112%2F3/8011/7");
    link("urn:epc:id:sgcn:4012345.67890.04711", "https://id.gs1.org/255/401234567890104711");
    link("urn:epc:id:ginc:0614141.xyz3311cba", "https://id.gs1.org/401/0614141xyz3311cba");
    link("urn:epc:id:gsin:0614141.123456789", "https://id.gs1.org/402/06141411234567890");
    link("urn:epc:id:itip:4012345.012345.01.02.S1", "https://id.gs1.org/8006/040123451234560102/21/S1");
    link(
        "urn:epc:id:upui:1234567.089456.51qIgY)%3C%26Jp3*j7SDB",
        "https://id.gs1.org/01/01234567894560/235/51qIgY%29%3C%26Jp3%2Aj7SDB",
    );
    link("urn:epc:id:pgln:4000001.98765", "https://id.gs1.org/417/4000001987658");
    link("urn:epc:class:lgtin:4012345.012345.998877", "https://id.gs1.org/01/04012345123456/10/998877");
    link("urn:epc:idpat:sgtin:4012345.066666.*", "https://id.gs1.org/01/04012345666663");
    link("urn:epc:idpat:grai:4012345.55555.*", "https://id.gs1.org/8003/04012345555554");
    link("urn:epc:idpat:itip:4012345.012345.01.02.*", "https://id.gs1.org/8006/040123451234560102");
}

#[test]
fn links_are_reduced_to_their_finest_level() {
    let serial = "https://id.gs1.org/01/04012345111118/21/9876";
    link("https://id.gs1.org/01/04012345111118/21/9876", serial);
    link("http://brand.example:8080/some/01/path/01/04012345111118/22/V1/10/L1/21/9876?17=251231#top", serial);
    link("https://id.gs1.org/gtin/4012345111118/lot/L1/ser/9876/", serial);
    link("https://id.example.com/414/4012345000054/7040/1ABC", "https://id.gs1.org/414/4012345000054");
    link("https://example.org/8004/401234599999", "https://id.gs1.org/8004/401234599999");
    for other in [
        "https://id.gs1.org/",
        "https://example.com/01/abc",
        "urn:uuid:1",
        "geo:1,2",
        "http://transaction.acme.com/po/12345678",
        "https://id.gs1.org/01/04012345111",
        "https://id.gs1.org/00/04012345000000333",
        "https://a/01/04012345111118/99/x",
        "urn:epc:id:sgtin:0614141.10734.2017",
        "urn:epc:id:sgtin:0614141.107346",
        "urn:epc:id:sgtin:0614141.107346.%zz",
        "urn:epc:id:sscc:0614141.12345678901",
        "urn:epc:id:gid:1.2.3",
        "urn:epc:idpat:sgtin:4012345.*.*",
        "",
    ] {
        assert_eq!(canonical(other), None, "{other}");
    }
}

#[test]
fn keys_that_cannot_exist_are_told() {
    for sound in [
        "urn:epc:id:sgtin:0614141.107346.2017",
        "https://id.gs1.org/01/04012345111118/21/9876",
        "https://example.com/x",
        "urn:epc:idpat:sgtin:4012345.*.*",
        "urn:epc:id:gid:1.2.3",
        "urn:uuid:1",
    ] {
        assert_eq!(check(sound), Ok(()), "{sound}");
    }
    for wrong in [
        "https://id.gs1.org/01/04012345111119/21/9876",
        "https://brand.example/00/040123450000003330",
        "urn:epc:id:sgtin:0614141.10734.2017",
        "https://id.gs1.org/01/401234511",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn patterns_match_their_serials_only() {
    let id = "urn:epc:id:sgtin:4012345.011111.9876";
    for pattern in [
        id,
        "https://x.example/01/04012345111118/21/9876",
        "urn:epc:idpat:sgtin:4012345.011111.*",
        "urn:epc:idpat:sgtin:4012345.*.*",
        "https://id.gs1.org/01/04012345111118",
    ] {
        assert!(matches(pattern, id), "{pattern}");
    }
    for pattern in [
        "urn:epc:idpat:sgtin:4012345.011112.*",
        "urn:epc:idpat:sscc:4012345.*",
        "https://id.gs1.org/01/04012345111118/21/987",
        "https://id.gs1.org/01/04012345111118/10/L",
        "urn:epc:id:sgtin:4012345.011111.98765",
    ] {
        assert!(!matches(pattern, id), "{pattern}");
    }
    assert!(!matches("urn:epc:idpat:sgtin:4012345.011111.*", "urn:epc:class:lgtin:4012345.011111.L1"));
}

#[test]
fn urns_need_the_length_of_the_prefix() {
    let prefixes = Prefixes::parse(r#"{"401234":7,"0614141":7,"95":0}"#).expect("a table");
    for urn in [
        "urn:epc:id:sgtin:4012345.011111.98%2F76",
        "urn:epc:id:sscc:4012345.0000000333",
        "urn:epc:id:sgln:4012345.00011.987",
        "urn:epc:id:sgln:4012345.00011.0",
        "urn:epc:id:grai:4012345.55555.987",
        "urn:epc:id:giai:4012345.111",
        "urn:epc:id:gdti:4012345.55555.1234",
        "urn:epc:id:pgln:4012345.00000",
        "urn:epc:class:lgtin:4012345.012345.998877",
        "urn:epc:idpat:sgtin:4012345.066666.*",
        "urn:epc:id:gsin:0614141.123456789",
        "urn:epc:id:ginc:0614141.xyz3311cba",
        "urn:epc:id:sgcn:4012345.67890.04711",
    ] {
        let link = canonical(urn).unwrap_or_else(|| panic!("{urn} has no link"));
        assert_eq!(to_urn(&link, &prefixes).as_deref(), Some(urn), "{link}");
    }
    assert_eq!(to_urn("https://id.gs1.org/01/09506000134352", &prefixes), None);
    assert!(Prefixes::parse(r#"{"40":13}"#).is_err());
    assert!(Prefixes::parse("[]").is_err());
}
