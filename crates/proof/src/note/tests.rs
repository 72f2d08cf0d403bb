use super::*;
use ed25519_dalek::{Signer as _, SigningKey};

/// A checkpoint of a certificate log with cosignatures of four public witnesses, all from other implementations, as it
/// stands in the tests of public verifiers of the format.
const REAL: &str = "arche2025h1.staging.ct.transparency.dev
1432088532
U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=

— arche2025h1.staging.ct.transparency.dev zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
";

/// Names and keys of those witnesses, as they publish them.
const WITNESSES: [&str; 4] = [
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
];

fn witness(vkey: &str) -> (&str, PublicKey) {
    let mut parts = vkey.splitn(3, '+');
    let (name, _, key) = (parts.next(), parts.next(), parts.next());
    let key = base64_decode(key.expect("three parts")).expect("base64");
    (name.expect("a name"), PublicKey(key[1..].try_into().expect("32 bytes after the type")))
}

#[test]
fn cosignatures_of_the_public_witness_network_verify() {
    let note = Note::parse(REAL.as_bytes()).expect("a note");
    assert_eq!(note.encode(), REAL);
    assert_eq!(note.signatures.len(), 6);
    for vkey in WITNESSES {
        let (name, key) = witness(vkey);
        let cosigner = Cosigner { name, key: &key };
        assert_eq!(cosigner.vkey(), vkey, "the key id is computed as others compute it");
        let (time_s, signature) = cosigner.find(&note.text, &note.signatures).expect(name);
        assert_eq!(time_s, 0x6a12_2120, "May 2026");
        let changed = note.text.replace("1432088532", "1432088533");
        assert_eq!(cosigner.find(&changed, &note.signatures), Err(NoteError::BadSignature(name.to_owned())));
        assert!(!verify_cosignature(&key, time_s + 1, &note.text, &signature));
        let stranger = Cosigner { name: "remora.example", key: &key };
        assert_eq!(stranger.find(&note.text, &note.signatures), Err(NoteError::NotSigned("remora.example".into())));
    }
}

fn checkpoint() -> Checkpoint {
    Checkpoint { chain: ChainId([0xab; 32]), head: LogHead { size: 41, root: Hash([7; 32]) } }
}

#[test]
fn a_checkpoint_has_one_spelling() {
    let text = checkpoint().text();
    assert_eq!(Checkpoint::parse(&text), Ok(checkpoint()));
    let id = "ab".repeat(32);
    assert_eq!(text, format!("tracelight/{id}\n41\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n"));
    for (from, to) in [
        ("ab", "AB"),
        ("41", "041"),
        ("41", "+41"),
        ("41", ""),
        ("41", "99999999999999999999"),
        ("\n41", "\n\n41"),
        ("wc=\n", "wd=\n"),
        ("wc=\n", "wc\n"),
        ("wc=\n", "wc="),
        ("wc=\n", "wc=\nmore\n"),
        ("tracelight/", "other/"),
    ] {
        let changed = text.replacen(from, to, 1);
        assert!(Checkpoint::parse(&changed).is_err(), "{changed:?}");
    }
}

#[test]
fn what_a_witness_signs_is_found_again_and_nothing_else() {
    let key = SigningKey::from_bytes(&[9; 32]);
    let public = PublicKey(key.verifying_key().to_bytes());
    let cosigner = Cosigner { name: "lab.example", key: &public };
    let text = checkpoint().text();
    let signature = key.sign(&cosignature_message(1_700_000_000, &text)).to_bytes();
    let origin = checkpoint().origin();
    let line = cosigner.line(1_700_000_000, &signature);
    let signatures = vec![certification_line(&origin, vec![1, 2, 3]), line.clone()];
    let note = Note { text: text.clone(), signatures };
    let read = Note::parse(note.encode().as_bytes()).expect("a note");
    assert_eq!(read, note);
    assert_eq!(read.certification(&origin), Some([1, 2, 3].as_slice()));
    assert_eq!(read.certification("tracelight/other"), None);
    assert_eq!(cosigner.find(&text, &read.signatures), Ok((1_700_000_000, signature)));
    assert_eq!(Note::signature_lines(line.line().trim_end()), Ok(vec![line]));
    // A time that the format forbids, although it is well signed.
    let late = key.sign(&cosignature_message(1 << 63, &text)).to_bytes();
    assert!(!verify_cosignature(&public, 1 << 63, &text, &late));
}

#[test]
fn what_is_no_note_is_refused() {
    let good = Note { text: "one\n\ntwo\n".into(), signatures: vec![certification_line("a", vec![5])] }.encode();
    assert_eq!(Note::parse(good.as_bytes()).expect("a note").text, "one\n\ntwo\n", "a text may hold blank lines");
    for bad in [
        "",
        "\n",
        "\n\n",
        "text\n",
        "text\n\n",
        "text\n\nnonsense\n",
        &good[..good.len() - 1],
        &good.replace('\u{2014}', "-"),
        &good.replace("one", "o\tne"),
        &format!("{good}\u{2014} a+b AAAAAAA=\n"),
        &format!("{good}\u{2014} a AAA=\n"),
    ] {
        assert!(matches!(Note::parse(bad.as_bytes()), Err(NoteError::Malformed(_))), "{bad:?}");
    }
    assert!(Note::parse(&[0xff, b'\n', b'\n']).is_err());
    assert_eq!(Note::parse(&vec![b'a'; NOTE_BYTES_MAX + 1]), Err(NoteError::TooLong(NOTE_BYTES_MAX + 1)));
    let many = format!("{good}{}", "\u{2014} a AAAAAAA=\n".repeat(SIGNATURES_MAX));
    assert_eq!(Note::parse(many.as_bytes()), Err(NoteError::Malformed("it has too many signatures")));
}

#[test]
fn base64_is_that_of_rfc_4648_and_strict() {
    // Section 10 of the RFC.
    for (bytes, text) in
        [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
    {
        assert_eq!(base64_encode(bytes.as_bytes()), text);
        assert_eq!(base64_decode(text), Some(bytes.as_bytes().to_vec()));
    }
    for bad in ["Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "=g==", "Z===", "====", "Zm9_", "Zm 9"] {
        assert_eq!(base64_decode(bad), None, "{bad}");
    }
}

#[test]
fn a_request_to_a_witness_reads_back_and_odd_ones_are_refused() {
    let note = Note { text: checkpoint().text(), signatures: vec![certification_line("a", vec![5])] };
    for hashes in [0, 1, REQUEST_HASHES_MAX] {
        let request = AddCheckpoint { old_size: 7, proof: vec![Hash([3; 32]); hashes], note: note.clone() };
        assert_eq!(AddCheckpoint::parse(request.encode().as_bytes()), Ok(request));
    }
    let good = AddCheckpoint { old_size: 0, proof: vec![Hash([3; 32])], note }.encode();
    let hash = base64_encode(&[3; 32]);
    for bad in [
        good.replacen("old 0", "old 00", 1),
        good.replacen("old 0", "old -1", 1),
        good.replacen("old 0", "new 0", 1),
        good.replacen("old 0\n", "", 1),
        good.replacen(&hash, "AAAA", 1),
        good.replacen(&hash, &hash[1..], 1),
        good.replacen(&hash, &vec![hash.as_str(); REQUEST_HASHES_MAX + 1].join("\n"), 1),
        String::new(),
        "old 0\n".into(),
    ] {
        assert!(AddCheckpoint::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    assert!(AddCheckpoint::parse(&vec![b'\n'; REQUEST_BYTES_MAX + 1]).is_err());
}
