//! `tracelight`: checks a bundle as a phone does and the sealed record of a recall case, asks a node how it is, makes key files, witnesses the alliance's log, votes, and
//! plays a packaging line.
//!
//! Exit codes: 0 what was asked holds, 1 it does not, 2 wrong use (an argument or a file that cannot be read).

mod govern;
mod key;
mod record;
mod simulate_line;
mod status;
mod verify;
mod verify_receipt;
mod witness;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Traceability that you can check yourself.
#[derive(Parser)]
#[command(version)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Checks a bundle against the alliance's genesis and a scanned code.
    Verify(verify::Args),
    /// Checks a receipt of a verdict by the public key of the server that made it.
    VerifyReceipt(verify_receipt::Args),
    /// Cosigns checkpoints of the alliance's log and refuses two histories.
    Witness(witness::Args),
    /// Checks the sealed record of a recall case against what its member signed.
    Record(record::Args),
    /// Asks a chain-node how it is.
    Status(status::Args),
    /// Makes keys, in files or in PKCS#11 tokens, and puts files under a passphrase.
    Key(key::Args),
    /// Asks a chain-node who decides, now and next.
    Validators(govern::ValidatorsArgs),
    /// Says what a change of members, keys or validators would do, and proposes it.
    Propose(govern::ProposeArgs),
    /// Shows a proposal, and votes on it.
    Vote(govern::VoteArgs),
    /// Says for an approved validator that it is in step.
    Ready(govern::ReadyArgs),
    /// Plays a packaging line against a broker, bad reads included; prints one JSON object for each script.
    SimulateLine(simulate_line::Args),
}

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// What was asked holds.
    Holds,
    /// It does not.
    DoesNotHold,
    /// The question could not be put.
    WrongUse,
}

impl From<Verdict> for ExitCode {
    fn from(verdict: Verdict) -> Self {
        Self::from(match verdict {
            Verdict::Holds => 0,
            Verdict::DoesNotHold => 1,
            Verdict::WrongUse => 2,
        })
    }
}

fn main() -> ExitCode {
    // clap itself ends with 2 when the arguments are wrong.
    let verdict = match Args::parse().command {
        Command::Verify(args) => verify::run(&args, &mut std::io::stdout(), &mut std::io::stderr()),
        Command::VerifyReceipt(args) => verify_receipt::run(&args, &mut std::io::stdout(), &mut std::io::stderr()),
        Command::Witness(args) => witness::run(&args, &mut std::io::stdout()),
        Command::Key(args) => key::run(&args, &mut std::io::stdout()),
        Command::Record(args) => record::run(&args, &mut std::io::stdout(), &mut std::io::stderr()),
        Command::Status(args) => status::run(&args, &mut std::io::stdout(), &mut std::io::stderr()),
        Command::Validators(args) => govern::validators(&args, &mut std::io::stdout()),
        Command::Propose(args) => govern::propose(&args, &mut std::io::stdout()),
        Command::Vote(args) => govern::vote(&args, &mut std::io::stdout()),
        Command::Ready(args) => govern::ready(&args, &mut std::io::stdout()),
        Command::SimulateLine(args) => simulate_line::run(&args, &mut std::io::stdout(), &mut std::io::stderr()),
    };
    verdict
        .unwrap_or_else(|error| {
            eprintln!("tracelight: {error:#}");
            Verdict::WrongUse
        })
        .into()
}
