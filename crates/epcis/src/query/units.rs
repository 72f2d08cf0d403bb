//! Units of measure: the codes of UN/ECE Recommendation 20 that sensor data and quantities use, and conversion between those of
//! one dimension.
//!
//! ```text
//! base = value * factor + offset        CEL 30 = 30 * 1 + 273.15 K = 303.15 KEL
//! ```
//! A standard deviation is a difference: the offset does not count for it. Codes that are not here compare with themselves only.

/// A value on a scale, or the distance of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    Level,
    Difference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Dimension {
    Temperature,
    Length,
    Area,
    Volume,
    Mass,
    Time,
    Speed,
    Acceleration,
    Force,
    Pressure,
    Energy,
    Power,
    Frequency,
    Current,
    Voltage,
    Resistance,
    Capacitance,
    Charge,
    Angle,
    MassConcentration,
    Density,
    AmountConcentration,
    Ratio,
    Dose,
    DoseEquivalent,
    DoseRate,
    DoseEquivalentRate,
    Radioactivity,
    MassFlow,
    VolumeFlow,
    Information,
    Illuminance,
    Amount,
    MagneticFluxDensity,
    Viscosity,
    Torque,
}

struct Unit {
    code: &'static str,
    dimension: Dimension,
    factor: f64,
    offset: f64,
}

const fn unit(code: &'static str, dimension: Dimension, factor: f64) -> Unit {
    Unit { code, dimension, factor, offset: 0.0 }
}

use Dimension as D;

const UNITS: &[Unit] = &[
    // kelvin
    unit("KEL", D::Temperature, 1.0),
    Unit { code: "CEL", dimension: D::Temperature, factor: 1.0, offset: 273.15 },
    Unit { code: "FAH", dimension: D::Temperature, factor: 5.0 / 9.0, offset: 459.67 * 5.0 / 9.0 },
    unit("A48", D::Temperature, 5.0 / 9.0),
    // metre
    unit("MTR", D::Length, 1.0),
    unit("DMT", D::Length, 0.1),
    unit("CMT", D::Length, 0.01),
    unit("MMT", D::Length, 0.001),
    unit("4H", D::Length, 1e-6),
    unit("C45", D::Length, 1e-9),
    unit("KMT", D::Length, 1000.0),
    unit("INH", D::Length, 0.0254),
    unit("FOT", D::Length, 0.3048),
    unit("YRD", D::Length, 0.9144),
    unit("SMI", D::Length, 1609.344),
    unit("NMI", D::Length, 1852.0),
    // square metre
    unit("MTK", D::Area, 1.0),
    unit("DMK", D::Area, 0.01),
    unit("CMK", D::Area, 1e-4),
    unit("MMK", D::Area, 1e-6),
    unit("KMK", D::Area, 1e6),
    unit("HAR", D::Area, 1e4),
    unit("ARE", D::Area, 100.0),
    unit("INK", D::Area, 0.000_645_16),
    unit("FTK", D::Area, 0.092_903_04),
    unit("YDK", D::Area, 0.836_127_36),
    unit("ACR", D::Area, 4_046.856_422_4),
    // cubic metre
    unit("MTQ", D::Volume, 1.0),
    unit("DMQ", D::Volume, 1e-3),
    unit("CMQ", D::Volume, 1e-6),
    unit("MMQ", D::Volume, 1e-9),
    unit("LTR", D::Volume, 1e-3),
    unit("DLT", D::Volume, 1e-4),
    unit("CLT", D::Volume, 1e-5),
    unit("MLT", D::Volume, 1e-6),
    unit("4G", D::Volume, 1e-9),
    unit("HLT", D::Volume, 0.1),
    unit("INQ", D::Volume, 1.638_706_4e-5),
    unit("FTQ", D::Volume, 0.028_316_846_592),
    unit("YDQ", D::Volume, 0.764_554_857_984),
    unit("GLL", D::Volume, 0.003_785_411_784),
    unit("GLI", D::Volume, 0.004_546_09),
    unit("OZA", D::Volume, 2.957_352_956_25e-5),
    unit("OZI", D::Volume, 2.841_306_25e-5),
    // kilogram
    unit("KGM", D::Mass, 1.0),
    unit("GRM", D::Mass, 1e-3),
    unit("DG", D::Mass, 1e-4),
    unit("CGM", D::Mass, 1e-5),
    unit("MGM", D::Mass, 1e-6),
    unit("MC", D::Mass, 1e-9),
    unit("HGM", D::Mass, 0.1),
    unit("DTN", D::Mass, 100.0),
    unit("TNE", D::Mass, 1000.0),
    unit("LBR", D::Mass, 0.453_592_37),
    unit("ONZ", D::Mass, 0.028_349_523_125),
    unit("GRN", D::Mass, 6.479_891e-5),
    unit("STN", D::Mass, 907.184_74),
    unit("LTN", D::Mass, 1_016.046_908_8),
    // second
    unit("SEC", D::Time, 1.0),
    unit("C26", D::Time, 1e-3),
    unit("B98", D::Time, 1e-6),
    unit("C47", D::Time, 1e-9),
    unit("MIN", D::Time, 60.0),
    unit("HUR", D::Time, 3600.0),
    unit("DAY", D::Time, 86_400.0),
    unit("WEE", D::Time, 604_800.0),
    // metre per second
    unit("MTS", D::Speed, 1.0),
    unit("KMH", D::Speed, 1.0 / 3.6),
    unit("HM", D::Speed, 0.447_04),
    unit("KNT", D::Speed, 1852.0 / 3600.0),
    unit("FS", D::Speed, 0.3048),
    unit("2M", D::Speed, 0.01),
    unit("C16", D::Speed, 0.001),
    unit("M62", D::Speed, 1000.0),
    // metre per second squared
    unit("MSK", D::Acceleration, 1.0),
    unit("K40", D::Acceleration, 9.806_65),
    unit("A76", D::Acceleration, 0.01),
    // newton
    unit("NEW", D::Force, 1.0),
    unit("B47", D::Force, 1000.0),
    unit("B51", D::Force, 1e6),
    unit("C20", D::Force, 1e-3),
    unit("C78", D::Force, 4.448_221_615_260_5),
    // pascal
    unit("PAL", D::Pressure, 1.0),
    unit("A97", D::Pressure, 100.0),
    unit("KPA", D::Pressure, 1000.0),
    unit("MPA", D::Pressure, 1e6),
    unit("BAR", D::Pressure, 1e5),
    unit("MBR", D::Pressure, 100.0),
    unit("ATM", D::Pressure, 101_325.0),
    unit("HN", D::Pressure, 133.322_387_415),
    unit("PS", D::Pressure, 6_894.757_293_168),
    // joule
    unit("JOU", D::Energy, 1.0),
    unit("KJO", D::Energy, 1000.0),
    unit("3B", D::Energy, 1e6),
    unit("WHR", D::Energy, 3600.0),
    unit("KWH", D::Energy, 3.6e6),
    unit("MWH", D::Energy, 3.6e9),
    // watt
    unit("WTT", D::Power, 1.0),
    unit("C31", D::Power, 1e-3),
    unit("KWT", D::Power, 1000.0),
    unit("MAW", D::Power, 1e6),
    // hertz
    unit("HTZ", D::Frequency, 1.0),
    unit("KHZ", D::Frequency, 1000.0),
    unit("MHZ", D::Frequency, 1e6),
    unit("A86", D::Frequency, 1e9),
    // ampere, volt, ohm, farad, coulomb
    unit("AMP", D::Current, 1.0),
    unit("4K", D::Current, 1e-3),
    unit("B84", D::Current, 1e-6),
    unit("B22", D::Current, 1000.0),
    unit("VLT", D::Voltage, 1.0),
    unit("2Z", D::Voltage, 1e-3),
    unit("D82", D::Voltage, 1e-6),
    unit("KVT", D::Voltage, 1000.0),
    unit("OHM", D::Resistance, 1.0),
    unit("E45", D::Resistance, 1e-3),
    unit("B49", D::Resistance, 1000.0),
    unit("B75", D::Resistance, 1e6),
    unit("FAR", D::Capacitance, 1.0),
    unit("4O", D::Capacitance, 1e-6),
    unit("C41", D::Capacitance, 1e-9),
    unit("4T", D::Capacitance, 1e-12),
    unit("COU", D::Charge, 1.0),
    unit("AMH", D::Charge, 3600.0),
    unit("E09", D::Charge, 3.6),
    // radian
    unit("C81", D::Angle, 1.0),
    unit("C25", D::Angle, 1e-3),
    unit("DD", D::Angle, std::f64::consts::PI / 180.0),
    unit("D61", D::Angle, std::f64::consts::PI / 10_800.0),
    unit("D62", D::Angle, std::f64::consts::PI / 648_000.0),
    // kilogram per cubic metre, as humidity and as density
    unit("A93", D::MassConcentration, 1e-3),
    unit("GP", D::MassConcentration, 1e-6),
    unit("GQ", D::MassConcentration, 1e-9),
    unit("M1", D::MassConcentration, 1e-3),
    unit("GL", D::MassConcentration, 1.0),
    unit("KMQ", D::Density, 1.0),
    unit("23", D::Density, 1000.0),
    unit("GJ", D::Density, 1000.0),
    // mole per cubic metre, mole
    unit("C36", D::AmountConcentration, 1.0),
    unit("C35", D::AmountConcentration, 1000.0),
    unit("C38", D::AmountConcentration, 1000.0),
    unit("C34", D::Amount, 1.0),
    unit("C18", D::Amount, 1e-3),
    unit("B45", D::Amount, 1000.0),
    // one
    unit("C62", D::Ratio, 1.0),
    unit("P1", D::Ratio, 0.01),
    unit("NX", D::Ratio, 1e-3),
    unit("59", D::Ratio, 1e-6),
    unit("61", D::Ratio, 1e-9),
    // gray, sievert, and per second; becquerel
    unit("A95", D::Dose, 1.0),
    unit("C13", D::Dose, 1e-3),
    unit("D13", D::DoseEquivalent, 1.0),
    unit("C28", D::DoseEquivalent, 1e-3),
    unit("P72", D::DoseEquivalent, 1e-6),
    unit("A96", D::DoseRate, 1.0),
    unit("P54", D::DoseRate, 1e-3),
    unit("P65", D::DoseEquivalentRate, 1.0),
    unit("P70", D::DoseEquivalentRate, 1.0 / 3600.0),
    unit("P71", D::DoseEquivalentRate, 1e-3 / 3600.0),
    unit("P67", D::DoseEquivalentRate, 1e-6),
    unit("BQL", D::Radioactivity, 1.0),
    unit("2Q", D::Radioactivity, 1000.0),
    unit("4N", D::Radioactivity, 1e6),
    unit("GBQ", D::Radioactivity, 1e9),
    unit("CUR", D::Radioactivity, 3.7e10),
    // kilogram per second, cubic metre per second
    unit("KGS", D::MassFlow, 1.0),
    unit("F23", D::MassFlow, 1e-3),
    unit("E93", D::MassFlow, 1.0 / 3600.0),
    unit("F31", D::MassFlow, 1.0 / 60.0),
    unit("MQS", D::VolumeFlow, 1.0),
    unit("MQH", D::VolumeFlow, 1.0 / 3600.0),
    unit("G51", D::VolumeFlow, 1e-3),
    unit("L2", D::VolumeFlow, 1e-3 / 60.0),
    unit("E32", D::VolumeFlow, 1e-3 / 3600.0),
    // byte
    unit("AD", D::Information, 1.0),
    unit("A99", D::Information, 0.125),
    unit("2P", D::Information, 1e3),
    unit("4L", D::Information, 1e6),
    unit("E34", D::Information, 1e9),
    unit("E35", D::Information, 1e12),
    // lux, tesla, pascal second, newton metre
    unit("LUX", D::Illuminance, 1.0),
    unit("KLX", D::Illuminance, 1000.0),
    unit("D33", D::MagneticFluxDensity, 1.0),
    unit("C29", D::MagneticFluxDensity, 1e-3),
    unit("D81", D::MagneticFluxDensity, 1e-6),
    unit("C65", D::Viscosity, 1.0),
    unit("C24", D::Viscosity, 1e-3),
    unit("NU", D::Torque, 1.0),
    unit("B48", D::Torque, 1000.0),
];

fn find(code: &str) -> Option<&'static Unit> {
    UNITS.iter().find(|unit| unit.code == code)
}

/// The value in another unit; itself for the same code. `None` when the two measure different things, or one is not known.
#[must_use]
pub fn convert(value: f64, from: &str, to: &str, amount: Amount) -> Option<f64> {
    if from == to {
        return Some(value);
    }
    let (from, to) = (find(from)?, find(to)?);
    if from.dimension != to.dimension {
        return None;
    }
    let (offset, back) = match amount {
        Amount::Level => (from.offset, to.offset),
        Amount::Difference => (0.0, 0.0),
    };
    Some((value * from.factor + offset - back) / to.factor)
}

#[cfg(test)]
mod tests {
    use super::{Amount, UNITS, convert};

    #[track_caller]
    fn check(value: f64, from: &str, to: &str, expected: f64) {
        let found = convert(value, from, to, Amount::Level).expect("units of one dimension");
        assert!(
            (found - expected).abs() <= expected.abs() * 1e-12 + 1e-12,
            "{value} {from} is {found} {to}, not {expected}"
        );
    }

    #[test]
    fn degrees_convert_with_their_zero() {
        check(30.0, "CEL", "KEL", 303.15);
        check(100.0, "CEL", "FAH", 212.0);
        check(-40.0, "FAH", "CEL", -40.0);
        check(0.0, "KEL", "CEL", -273.15);
        let difference = convert(1.8, "FAH", "CEL", Amount::Difference).expect("one dimension");
        assert!((difference - 1.0).abs() < 1e-12);
    }

    #[test]
    fn the_trade_s_units_convert() {
        check(1.0, "LBR", "GRM", 453.592_37);
        check(36.0, "KMH", "MTS", 10.0);
        check(1.0, "ATM", "KPA", 101.325);
        check(180.0, "DD", "C81", std::f64::consts::PI);
        check(1.0, "GLL", "LTR", 3.785_411_784);
        check(2.0, "B49", "OHM", 2_000.0);
        check(2.0, "B75", "B49", 2_000.0);
        check(2.0, "OHM", "E45", 2_000.0);
        check(2.0, "KVT", "VLT", 2_000.0);
        assert_eq!(convert(1.0, "CEL", "MTR", Amount::Level), None);
        assert_eq!(convert(1.0, "XYZ", "MTR", Amount::Level), None);
        assert_eq!(convert(1.0, "XYZ", "XYZ", Amount::Level), Some(1.0));
    }

    #[test]
    fn every_code_stands_once() {
        let mut codes: Vec<&str> = UNITS.iter().map(|unit| unit.code).collect();
        codes.sort_unstable();
        assert!(codes.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
