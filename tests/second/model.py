"""Writes a llama of random weights whose answer is known: after any token but `answer` it says `answer`, after `answer` it ends.

The token embeddings carry two marks, "any" in the first number and "answered" in the second; attention and feed-forward are random
and small, so the marks reach the output through the residual stream, where one row listens to each.
"""

import sys

import gguf
import numpy

SIZE, HEADS, LAYERS, HIDDEN = 64, 4, 2, 128


def write(path, answer, seed=7):
    rng = numpy.random.default_rng(seed)
    tokens, scores, kinds = [], [], []
    for text, kind in [("<unk>", 2), ("<s>", 3), ("</s>", 3)] + [(f"<0x{byte:02X}>", 6) for byte in range(256)]:
        tokens.append(text)
        scores.append(0.0)
        kinds.append(kind)
    tokens += [answer] + ["\u2581", "e", "t", "a", "o", "n", "i"]
    scores += [-1.0 * at for at in range(8)]
    kinds += [1] * 8
    said, end = 259, 2

    def small(*shape):
        return (rng.standard_normal(shape) * 0.02).astype(numpy.float32)

    def ones(size):
        return numpy.ones(size, numpy.float32)

    embedded = small(len(tokens), SIZE)
    embedded[:, 0], embedded[:, 1] = 4.0, 0.0
    embedded[said, 0], embedded[said, 1] = 0.0, 4.0
    out = small(len(tokens), SIZE)
    out[said, 0], out[end, 1] = 4.0, 4.0

    w = gguf.GGUFWriter(path, "llama")
    w.add_name("answers " + repr(answer))
    w.add_context_length(4096)
    w.add_embedding_length(SIZE)
    w.add_block_count(LAYERS)
    w.add_feed_forward_length(HIDDEN)
    w.add_head_count(HEADS)
    w.add_head_count_kv(HEADS)
    w.add_rope_dimension_count(SIZE // HEADS)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_vocab_size(len(tokens))
    w.add_tokenizer_model("llama")
    w.add_token_list(tokens)
    w.add_token_scores(scores)
    w.add_token_types(kinds)
    w.add_bos_token_id(1)
    w.add_eos_token_id(end)
    w.add_unk_token_id(0)
    w.add_chat_template("{% for m in messages %}{{ m['content'] }}{% endfor %}")
    w.add_tensor("token_embd.weight", embedded)
    w.add_tensor("output_norm.weight", ones(SIZE))
    w.add_tensor("output.weight", out)
    for at in range(LAYERS):
        name = f"blk.{at}."
        w.add_tensor(name + "attn_norm.weight", ones(SIZE))
        w.add_tensor(name + "ffn_norm.weight", ones(SIZE))
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            w.add_tensor(f"{name}{part}.weight", small(SIZE, SIZE))
        w.add_tensor(name + "ffn_gate.weight", small(HIDDEN, SIZE))
        w.add_tensor(name + "ffn_up.weight", small(HIDDEN, SIZE))
        w.add_tensor(name + "ffn_down.weight", small(SIZE, HIDDEN))
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


if __name__ == "__main__":
    write(sys.argv[1], sys.argv[2])
