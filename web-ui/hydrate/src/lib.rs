//! web-ui/hydrate
