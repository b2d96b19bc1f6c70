module slipstream

go 1.25
