mod hostile;
mod judged;
mod tag;
mod vectors;
