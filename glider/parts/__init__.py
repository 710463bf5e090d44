"""A big file worked on in parts, by as many workers as there are, with the same outcome as by one.

The worker that gets the job of a big file plans its parts and hands each out as a message of its own (`handing`). A
part is done from the plan alone and leaves a small document (`ledger`); whoever notes the last part of a round puts
the documents together, and either hands out a further round or leaves the job's result. Everything is kept under keys
made of job, round and part, and holds the same bytes when it is done twice. What only the whole file can tell is told
before the first part is handed out, or between two rounds; what cannot be told so is left to one worker (`cutting`).
"""
