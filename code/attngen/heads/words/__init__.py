"""The heads of the Pig-Latin transformers: measured, learned, chosen.

Three attentions a layer: the encoder's own, the decoder's own, and the decoder's on the source.  Of a word
everything is known: which letter of it each letter of the translation comes from, and which rule moved it.
"""
