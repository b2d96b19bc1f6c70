//go:build !race

package slipstream_test

const racing = false
