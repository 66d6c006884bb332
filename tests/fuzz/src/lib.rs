//! Fuzz targets: `make fuzz` runs each for a minute, the suite for a moment.

#[cfg(test)]
mod access_token;
#[cfg(test)]
mod bearer;
#[cfg(test)]
mod people;
