"""llama.cpp's server over one model; prints its address and runs until its standard input ends."""

import sys

import xllamacpp

params = xllamacpp.CommonParams()
params.model.path, params.n_ctx, params.port, params.api_keys = sys.argv[1], 4096, 0, ["sk-guard"]
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
