//go:build race

package slipstream_test

// racing: the race detector keeps memory of its own for all that was ever touched.
const racing = true
