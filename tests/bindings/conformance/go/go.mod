module conformance

go 1.25

require slipstream v0.0.0

replace slipstream => ../../../../bindings/go
