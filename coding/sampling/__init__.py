"""What is drawn for the coders: a frame of units, a stratified sample of it, and who codes which.

``frame`` lists the units that can be drawn, ``draw`` takes some of every stratum, ``share`` gives them to coders, and
``plan`` keeps what was drawn as raw records and makes the table ``plan`` of them; ``sample`` puts these together.
"""
