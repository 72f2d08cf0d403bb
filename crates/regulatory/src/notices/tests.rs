mod data;
mod matching;
mod prose;
mod reading;
